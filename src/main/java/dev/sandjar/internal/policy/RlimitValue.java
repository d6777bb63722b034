package dev.sandjar.internal.policy;

/**
 * Soft and hard value of one resource limit; -1 is RLIM_INFINITY.
 *
 * @param preset whether a preset brought it, and not the caller: then a lower hard limit of the host process takes its place
 */
public record RlimitValue(long soft, long hard, boolean preset) {
    public RlimitValue(long soft, long hard) {
        this(soft, hard, false);
    }

    public RlimitValue ofPreset() {
        return new RlimitValue(soft, hard, true);
    }

    /** The lower of both, for soft and hard. */
    public RlimitValue atMost(long bound) {
        return new RlimitValue(lower(soft, bound), lower(hard, bound), preset);
    }

    /** Infinity is the highest number without a sign. */
    private static long lower(long one, long other) {
        return Long.compareUnsigned(one, other) <= 0 ? one : other;
    }

    @Override
    public String toString() {
        return text(soft) + "/" + text(hard);
    }

    public static String text(long value) {
        return value == -1 ? "unlimited" : Long.toString(value);
    }
}
