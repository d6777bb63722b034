package dev.sandjar.seccomp;

import dev.sandjar.internal.util.Checks;
import java.util.Objects;

/**
 * A condition on one argument of a system call, for {@link SeccompProfile.Builder#rule}: {@code (argument & mask) <comparison> value}.
 * Filters see registers, not what pointers point to; all 64 bits are compared, unsigned. The kernel ignores the upper half of arguments
 * that are narrower in C, such as the request of {@code ioctl(2)}: use {@link At#masked} with 0xffffffff for them, or a program gets
 * around the condition. Immutable.
 *
 * <pre>{@code
 * SyscallArgument.at(1).masked(0xffffffffL, 0x5412)
 * }</pre>
 *
 * @param index the number of the argument, 0 to 5, in the order of the call's manual page
 * @param comparison how the argument is compared with the value
 * @param value the value, 64 bits, unsigned
 * @param mask the bits of the argument that are compared; all of them (-1), except for {@link Comparison#MASKED_EQUAL}
 */
public record SyscallArgument(int index, Comparison comparison, long value, long mask) {
    private static final int INDEX_MAX = 5;
    private static final long ALL = -1L;

    /** How an argument is compared with the value, unsigned; in the order of {@code enum scmp_compare} of libseccomp. */
    public enum Comparison {
        /** The argument is not the value. */
        NOT_EQUAL("!="),
        /** The argument is below the value. */
        LESS("<"),
        /** The argument is the value or below. */
        LESS_OR_EQUAL("<="),
        /** The argument is the value. */
        EQUAL("=="),
        /** The argument is the value or above. */
        GREATER_OR_EQUAL(">="),
        /** The argument is above the value. */
        GREATER(">"),
        /** The bits of the argument that are in the mask are the value. */
        MASKED_EQUAL("==");

        private final String sign;

        Comparison(String sign) {
            this.sign = sign;
        }
    }

    /**
     * Checks the parts.
     *
     * @param index the number of the argument, 0 to 5
     * @param comparison how the argument is compared with the value
     * @param value the value, 64 bits, unsigned
     * @param mask the bits of the argument that are compared
     * @throws IllegalArgumentException if the index is out of range, or the mask is not -1 without MASKED_EQUAL
     */
    public SyscallArgument {
        Checks.range("argument", index, 0, INDEX_MAX);
        Objects.requireNonNull(comparison, "comparison");
        if (comparison != Comparison.MASKED_EQUAL && mask != ALL) {
            throw new IllegalArgumentException("only MASKED_EQUAL has a mask");
        }
    }

    /**
     * Chooses the argument that a condition is on.
     *
     * @param index the number of the argument, 0 to 5, in the order of the call's manual page
     * @return the argument, whose methods make conditions
     * @throws IllegalArgumentException if the index is out of range
     */
    public static At at(int index) {
        return new At(index);
    }

    @Override
    public String toString() {
        return "argument " + index + (comparison == Comparison.MASKED_EQUAL ? " & 0x" + Long.toHexString(mask) : "")
                + " " + comparison.sign + " 0x" + Long.toHexString(value);
    }

    /**
     * An argument of a system call; each of its methods makes a condition on it. Immutable.
     *
     * @param index the number of the argument, 0 to 5, in the order of the call's manual page
     */
    public record At(int index) {
        /**
         * Checks the index.
         *
         * @param index the number of the argument, 0 to 5
         * @throws IllegalArgumentException if the index is out of range
         */
        public At {
            Checks.range("argument", index, 0, INDEX_MAX);
        }

        /**
         * Makes the condition that the argument is {@code value}.
         *
         * @param value 64 bits
         * @return the condition
         */
        public SyscallArgument equalTo(long value) {
            return new SyscallArgument(index, Comparison.EQUAL, value, ALL);
        }

        /**
         * Makes the condition that the argument is not {@code value}.
         *
         * @param value 64 bits
         * @return the condition
         */
        public SyscallArgument notEqualTo(long value) {
            return new SyscallArgument(index, Comparison.NOT_EQUAL, value, ALL);
        }

        /**
         * Makes the condition that the argument is below {@code value}.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public SyscallArgument lessThan(long value) {
            return new SyscallArgument(index, Comparison.LESS, value, ALL);
        }

        /**
         * Makes the condition that the argument is {@code value} or below.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public SyscallArgument atMost(long value) {
            return new SyscallArgument(index, Comparison.LESS_OR_EQUAL, value, ALL);
        }

        /**
         * Makes the condition that the argument is {@code value} or above.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public SyscallArgument atLeast(long value) {
            return new SyscallArgument(index, Comparison.GREATER_OR_EQUAL, value, ALL);
        }

        /**
         * Makes the condition that the argument is above {@code value}.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public SyscallArgument greaterThan(long value) {
            return new SyscallArgument(index, Comparison.GREATER, value, ALL);
        }

        /**
         * Makes the condition that the bits of the argument that are in {@code mask} are {@code value}.
         *
         * @param mask the bits that are compared; 0xffffffff for an argument that is an int in C
         * @param value what these bits have to be
         * @return the condition
         * @throws IllegalArgumentException if {@code value} has bits that {@code mask} has not, which no argument could pass
         */
        public SyscallArgument masked(long mask, long value) {
            if ((value & ~mask) != 0) {
                throw new IllegalArgumentException("0x" + Long.toHexString(value) + " has bits outside the mask 0x"
                        + Long.toHexString(mask) + ": no argument could pass");
            }
            return new SyscallArgument(index, Comparison.MASKED_EQUAL, value, mask);
        }
    }
}
