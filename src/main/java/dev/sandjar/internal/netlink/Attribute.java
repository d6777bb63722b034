package dev.sandjar.internal.netlink;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One attribute of a message: struct rtattr. Immutable. */
public sealed interface Attribute {
    /** The highest type: the two bits above it are flags. */
    int TYPE_MAX = 0x3fff;

    /** Which one: IFLA_*, IFA_*, RTA_*. */
    int type();

    /** Some bytes. */
    @SuppressWarnings("ArrayRecordComponent") // compared by content below
    record Value(int type, byte[] bytes) implements Attribute {
        public Value {
            bytes = bytes.clone();
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value that && type == that.type && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Objects.hash(type, Arrays.hashCode(bytes));
        }

        @Override
        public String toString() {
            return type + "=" + Arrays.toString(bytes);
        }
    }

    /** Further attributes, after a header of their own, which most have not. */
    @SuppressWarnings("ArrayRecordComponent") // compared by content below
    record Nest(int type, byte[] header, List<Attribute> attributes) implements Attribute {
        public Nest {
            header = header.clone();
            attributes = List.copyOf(attributes);
        }

        @Override
        public byte[] header() {
            return header.clone();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Nest that
                    && type == that.type
                    && Arrays.equals(header, that.header)
                    && attributes.equals(that.attributes);
        }

        @Override
        public int hashCode() {
            return Objects.hash(type, Arrays.hashCode(header), attributes);
        }

        @Override
        public String toString() {
            return type + "=" + Arrays.toString(header) + attributes;
        }
    }

    /**
     * The descriptor of a network namespace, which only the sender knows.
     *
     * @param namespace what the sender calls it
     */
    record NamespaceOf(int type, long namespace) implements Attribute {}

    /** A text, with its NUL. */
    static Attribute text(int type, String text) {
        return new Value(type, Words.text(text));
    }

    /** A number of 32 bits. */
    static Attribute number(int type, int value) {
        return new Value(type, Words.number(value));
    }

    /** Nothing but further attributes. */
    static Attribute nest(int type, Attribute... attributes) {
        return new Nest(type, new byte[0], List.of(attributes));
    }
}
