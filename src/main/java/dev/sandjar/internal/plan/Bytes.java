package dev.sandjar.internal.plan;

import dev.sandjar.internal.util.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Content as a value. Immutable. */
final class Bytes {
    private final byte[] content;

    Bytes(byte[] content) {
        this.content = content.clone();
    }

    /**
     * As UTF-8.
     *
     * @throws IllegalArgumentException if it has a NUL or a surrogate without its pair
     */
    static Bytes of(String text) {
        return new Bytes(Utf8.encode("text", text));
    }

    byte[] toArray() {
        return content.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return content.length + " bytes";
    }
}
