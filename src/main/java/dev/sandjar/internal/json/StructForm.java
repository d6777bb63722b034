package dev.sandjar.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The form of values with parts: an object with a field for each. */
interface StructForm<T> extends Form<T> {
    void write(Out out, T value);

    T read(Struct in);

    @Override
    default JsonNode write(T value) {
        Out out = new Out();
        write(out, value);
        return out.node();
    }

    @Override
    default T read(JsonNode node) {
        Struct in = new Struct(node);
        T value = read(in);
        in.end();
        return value;
    }

    static <T> StructForm<T> of(BiConsumer<Out, T> write, Function<Struct, T> read) {
        return new StructForm<>() {
            @Override
            public void write(Out out, T value) {
                write.accept(out, value);
            }

            @Override
            public T read(Struct in) {
                return read.apply(in);
            }
        };
    }
}
