package dev.sandjar.internal.plugin.wire;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An Optional or null. */
public final class OptionalShape extends Shape {
    private final Shape content;

    OptionalShape(String name, Shape content) {
        super(name);
        this.content = content;
    }

    public Shape content() {
        return content;
    }

    @Override
    public void write(Encoder out, @Nullable Object value) {
        if (out.present(value) && value != null) {
            Object inner = ((Optional<?>) value).orElse(null);
            if (out.present(inner)) {
                out.enter();
                content.write(out, inner);
                out.leave();
            }
        }
    }

    @Override
    public @Nullable Object read(Decoder in) {
        if (!in.present()) {
            return null;
        }
        if (!in.present()) {
            return Optional.empty();
        }
        in.enter();
        Object inner = content.read(in);
        in.leave();
        if (inner == null) {
            throw new WireException("an Optional of null");
        }
        return Optional.of(inner);
    }
}
