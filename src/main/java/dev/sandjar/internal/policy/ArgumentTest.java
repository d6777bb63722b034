package dev.sandjar.internal.policy;

import java.util.Objects;

/**
 * A condition on one argument of a system call: {@code (argument & mask) <comparison> value}, 64 bits, unsigned, as
 * {@code struct scmp_arg_cmp} of libseccomp has it.
 *
 * @param index 0 to 5
 * @param mask all bits, except for {@link Comparison#MASKED_EQUAL}
 */
public record ArgumentTest(int index, Comparison comparison, long value, long mask) {
    /** How the argument is compared, unsigned. */
    public enum Comparison {
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        EQUAL,
        GREATER_OR_EQUAL,
        GREATER,
        MASKED_EQUAL
    }

    public ArgumentTest {
        Objects.requireNonNull(comparison);
        if (index < 0 || index > 5) {
            throw new IllegalArgumentException("a system call has arguments 0 to 5, not " + index);
        }
        if (comparison != Comparison.MASKED_EQUAL && mask != -1L) {
            throw new IllegalArgumentException("only MASKED_EQUAL has a mask");
        }
    }
}
