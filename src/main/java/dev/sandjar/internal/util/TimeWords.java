package dev.sandjar.internal.util;

import java.time.Duration;

/** Times for people, in the largest unit of which they are whole numbers. */
public final class TimeWords {
    private static final int NANOS_PER_MICRO = 1_000;
    private static final int NANOS_PER_MILLI = 1_000_000;
    private static final Duration DAY = Duration.ofDays(1);

    private TimeWords() {}

    /** Such as "60 s", "1500 ms" and "36500 days". */
    public static String of(Duration time) {
        int nanos = time.toNanosPart();
        if (nanos != 0) {
            return nanos % NANOS_PER_MILLI == 0
                    ? time.toMillis() + " ms"
                    : nanos % NANOS_PER_MICRO == 0 ? micros(time) + " us" : time.toNanos() + " ns";
        }
        boolean days = time.compareTo(DAY) > 0 && time.equals(Duration.ofDays(time.toDays()));
        return days ? time.toDays() + " days" : time.toSeconds() + " s";
    }

    private static long micros(Duration time) {
        return time.toNanos() / NANOS_PER_MICRO;
    }
}
