package dev.sandjar.image;

import dev.sandjar.Signal;
import dev.sandjar.internal.util.Printable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the signals that images name: with SIG or without it, also those for real time, or a number. */
final class StopSignals {
    /** glibc keeps the first two for itself. */
    private static final int RTMIN = 34;

    private static final int RTMAX = 64;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,2}");
    private static final Pattern REAL_TIME = Pattern.compile("(?:RTMIN(?:\\+([0-9]{1,2}))?|RTMAX(?:-([0-9]{1,2}))?)");

    private StopSignals() {}

    static int number(String text) {
        if (text.isEmpty()) {
            return Signal.TERM.number();
        }
        int number = named(text.startsWith("SIG") ? text.substring(3) : text);
        if (number < 1 || number > RTMAX) {
            throw new IllegalArgumentException("unknown stop signal " + Printable.quote(text) + " of the image");
        }
        return number;
    }

    /** 0 for none. */
    private static int named(String name) {
        if (NUMBER.matcher(name).matches()) {
            return Integer.parseInt(name);
        }
        Matcher realTime = REAL_TIME.matcher(name);
        if (realTime.matches()) {
            int number =
                    name.startsWith("RTMIN") ? RTMIN + offset(realTime.group(1)) : RTMAX - offset(realTime.group(2));
            return number >= RTMIN ? number : 0;
        }
        for (Signal signal : Signal.values()) {
            if (signal.name().equals(name)) {
                return signal.number();
            }
        }
        return 0;
    }

    private static int offset(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
