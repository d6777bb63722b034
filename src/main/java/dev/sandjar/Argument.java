package dev.sandjar;

import dev.sandjar.internal.policy.ArgumentTest;
import dev.sandjar.internal.policy.ArgumentTest.Comparison;
import dev.sandjar.internal.util.Checks;

/**
 * A condition on one argument of a system call, for {@link SeccompProfile.Builder#rule}. Filters see registers, not what pointers point
 * to; all 64 bits are compared, unsigned. The kernel ignores the upper half of arguments that are narrower in C, such as the request of
 * {@code ioctl(2)}: use {@link At#masked} with 0xffffffff for them, or a program gets around the condition. Immutable.
 */
public final class Argument {
    private static final int INDEX_MAX = 5;

    private final ArgumentTest test;

    private Argument(ArgumentTest test) {
        this.test = test;
    }

    /**
     * Chooses an argument.
     *
     * @param index 0 to 5, in the order of the call's manual page
     * @return what to compare it with
     * @throws IllegalArgumentException if it is out of range
     */
    public static At at(int index) {
        Checks.range("argument", index, 0, INDEX_MAX);
        return new At(index);
    }

    ArgumentTest test() {
        return test;
    }

    @Override
    public String toString() {
        return test.toString();
    }

    /** An argument that is to be compared. */
    public static final class At {
        private final int index;

        private At(int index) {
            this.index = index;
        }

        /**
         * The argument is {@code value}.
         *
         * @param value 64 bits
         * @return the condition
         */
        public Argument equalTo(long value) {
            return of(Comparison.EQUAL, value, -1L);
        }

        /**
         * The argument is not {@code value}.
         *
         * @param value 64 bits
         * @return the condition
         */
        public Argument notEqualTo(long value) {
            return of(Comparison.NOT_EQUAL, value, -1L);
        }

        /**
         * The argument is below {@code value}.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public Argument lessThan(long value) {
            return of(Comparison.LESS, value, -1L);
        }

        /**
         * The argument is {@code value} or below.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public Argument atMost(long value) {
            return of(Comparison.LESS_OR_EQUAL, value, -1L);
        }

        /**
         * The argument is {@code value} or above.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public Argument atLeast(long value) {
            return of(Comparison.GREATER_OR_EQUAL, value, -1L);
        }

        /**
         * The argument is above {@code value}.
         *
         * @param value 64 bits, unsigned
         * @return the condition
         */
        public Argument greaterThan(long value) {
            return of(Comparison.GREATER, value, -1L);
        }

        /**
         * Of the argument's bits, those of {@code mask} are {@code value}.
         *
         * @param mask which bits count
         * @param value what they have to be
         * @return the condition
         * @throws IllegalArgumentException if {@code value} has bits that {@code mask} has not, which no argument could pass
         */
        public Argument masked(long mask, long value) {
            if ((value & ~mask) != 0) {
                throw new IllegalArgumentException("0x" + Long.toHexString(value) + " has bits outside the mask 0x"
                        + Long.toHexString(mask) + ": no argument could pass");
            }
            return of(Comparison.MASKED_EQUAL, value, mask);
        }

        private Argument of(Comparison comparison, long value, long mask) {
            return new Argument(new ArgumentTest(index, comparison, value, mask));
        }
    }
}
