package dev.sandjar.internal.util;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Names of hosts as rules have them: one spelling of each, which can't be taken for an address. */
public final class HostNames {
    private static final int NAME_MAX = 253;
    private static final int ASCII_MAX = 0x7f;
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    /** What resolvers take for a number, and so for an address: 127.1, 0x7f.1, 2130706433. */
    private static final Pattern NUMBER_AT_END = Pattern.compile("(.*\\.)?([0-9]+|0x[0-9a-f]*)");

    /** An address or a range, and not the path of a URL. */
    private static final Pattern RANGE = Pattern.compile("[0-9a-f.:]+/[0-9]+");

    /** With one colon, of which an address of IPv6 has more. */
    private static final Pattern WITH_PORT = Pattern.compile("[^:/\\[\\]]+:[0-9]+");

    /** What a name must not come to mean something else than. */
    private static final List<String> TAKEN = List.of("localhost", "ip6-localhost", "ip6-loopback");

    private HostNames() {}

    /** Whether it is lower-case letters, digits, hyphens and dots, no address, and not that of the own host. */
    public static boolean isStrict(String name) {
        return name.length() <= NAME_MAX
                && NAME.matcher(name).matches()
                && !NUMBER_AT_END.matcher(name).matches()
                && !TAKEN.contains(name)
                && !name.endsWith(".localhost");
    }

    /**
     * Small letters for large ones; everything else has to be right already.
     *
     * @throws IllegalArgumentException if it is no strict name; says what would be
     */
    public static String checked(String name) {
        // Some letters of other alphabets have a small one of ours.
        boolean ascii = name.chars().allMatch(c -> c <= ASCII_MAX);
        String lower = name.toLowerCase(Locale.ROOT);
        if (ascii && isStrict(lower)) {
            return lower;
        }
        throw new IllegalArgumentException("the name " + Printable.quote(name) + " " + wrong(name, lower));
    }

    private static String wrong(String name, String lower) {
        if (name.chars().anyMatch(c -> c > ASCII_MAX)) {
            return "has characters beyond ASCII: write each label as it is in the DNS, which begins with xn--";
        } else if (lower.contains("*")) {
            return "is a pattern: only a rule for hosts outside takes one, as its first label, as in *.example.org";
        } else if (lower.endsWith(".")) {
            return "ends with a dot: leave it out";
        } else if (WITH_PORT.matcher(lower).matches()
                || (lower.contains("/") && !RANGE.matcher(lower).matches())) {
            return "is more than a name: write the name alone, without scheme, port and path";
        } else if (lower.contains(":")
                || RANGE.matcher(lower).matches()
                || NUMBER_AT_END.matcher(lower).matches()) {
            return "is an address, or would be taken for one: EgressRule.allowAddress(...) names addresses";
        } else if (TAKEN.contains(lower) || lower.endsWith(".localhost")) {
            return "means something else already: a port of the host is in reach by hostPort(...)";
        }
        return "is not of letters, digits, hyphens and dots, 63 to a label and " + NAME_MAX + " in all";
    }
}
