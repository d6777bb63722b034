package dev.sandjar.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Function;

/** How values of one type are written in JSON and read from it. What can't be is refused with an {@link IllegalArgumentException}. */
interface Form<T> {
    JsonNode write(T value);

    T read(JsonNode node);

    /** The form of what can be turned into another type and back. */
    default <U> Form<U> as(Function<T, U> in, Function<U, T> out) {
        Form<T> inner = this;
        return new Form<>() {
            @Override
            public JsonNode write(U value) {
                return inner.write(out.apply(value));
            }

            @Override
            public U read(JsonNode node) {
                return in.apply(inner.read(node));
            }
        };
    }
}
