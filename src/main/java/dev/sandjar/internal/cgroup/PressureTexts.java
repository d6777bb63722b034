package dev.sandjar.internal.cgroup;

import dev.sandjar.internal.cgroup.GroupUsage.Pressure;
import dev.sandjar.internal.cgroup.GroupUsage.Stall;
import org.jspecify.annotations.Nullable;

/** "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" (Documentation/accounting/psi.rst). */
final class PressureTexts {
    private static final long NANOS_PER_MICRO = 1_000;
    private static final int FIELDS = 5;

    private PressureTexts() {}

    static @Nullable Pressure parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Stall some = null;
        Stall full = null;
        for (String line : text.split("\n")) {
            if (line.startsWith("some ")) {
                some = stall(line);
            } else if (line.startsWith("full ")) {
                full = stall(line);
            }
        }
        return some == null ? null : new Pressure(some, full);
    }

    private static @Nullable Stall stall(String line) {
        String[] words = line.split(" ");
        if (words.length < FIELDS || !words[4].startsWith("total=")) {
            return null;
        }
        double avg10 = percentage(words[1], "avg10=");
        double avg60 = percentage(words[2], "avg60=");
        double avg300 = percentage(words[3], "avg300=");
        Long total = Numbers.times(Numbers.parse(words[4].substring("total=".length())), NANOS_PER_MICRO);
        return avg10 < 0 || avg60 < 0 || avg300 < 0 || total == null ? null : new Stall(avg10, avg60, avg300, total);
    }

    /** Two numbers with a point between, or -1. */
    private static double percentage(String word, String key) {
        if (!word.startsWith(key)) {
            return -1;
        }
        String text = word.substring(key.length());
        int point = text.indexOf('.');
        Long whole = Numbers.parse(point < 0 ? text : text.substring(0, point));
        String fraction = point < 0 ? "0" : text.substring(point + 1);
        if (whole == null || Numbers.parse(fraction) == null) {
            return -1;
        }
        return Double.parseDouble(whole + "." + fraction);
    }
}
