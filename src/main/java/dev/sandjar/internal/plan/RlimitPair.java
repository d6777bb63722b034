package dev.sandjar.internal.plan;

import dev.sandjar.Rlimit;
import dev.sandjar.RlimitValue;

/** Soft and hard value of one resource limit as the kernel takes them; all bits are RLIM_INFINITY. */
record RlimitPair(long soft, long hard) {
    static RlimitPair of(RlimitValue value) {
        return new RlimitPair(value.soft(), value.hard());
    }

    /** The lower of both, for soft and hard. */
    RlimitPair atMost(long bound) {
        return new RlimitPair(lower(soft, bound), lower(hard, bound));
    }

    /** Infinity is the highest number without a sign. */
    private static long lower(long one, long other) {
        return Long.compareUnsigned(one, other) <= 0 ? one : other;
    }

    @Override
    public String toString() {
        return text(soft) + "/" + text(hard);
    }

    static String text(long value) {
        return value == Rlimit.UNLIMITED ? "unlimited" : Long.toString(value);
    }
}
