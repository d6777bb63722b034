package dev.sandjar.internal.intercept;

import java.util.Locale;
import java.util.regex.Pattern;

/** Paths of requests, as far as rules for them have to know. */
final class Paths {
    /** Escapes of what separates, escapes or is no character: a slash, a backslash, a percent sign, controls. */
    private static final Pattern TWO_READINGS =
            Pattern.compile("//|\\\\|%(?![0-9a-f]{2})|%2f|%5c|%25|%[01][0-9a-f]|%7f", Pattern.CASE_INSENSITIVE);

    private static final Pattern DOTS = Pattern.compile("\\.{1,2}(;.*)?");

    private Paths() {}

    /** Whether a server may take it for another path than it is written as. */
    static boolean hasTwoReadings(String path) {
        if (TWO_READINGS.matcher(path).find()) {
            return true;
        }
        for (String segment : path.split("/", -1)) {
            String plain = segment.toLowerCase(Locale.ROOT).replace("%2e", ".").replace("%3b", ";");
            if (DOTS.matcher(plain).matches()) {
                return true;
            }
        }
        return false;
    }

    /** What comes before a query. */
    static String withoutQuery(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }
}
