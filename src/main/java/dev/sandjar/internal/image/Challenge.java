package dev.sandjar.internal.image;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * What a server asks for before it gives something: a {@code WWW-Authenticate} header (RFC 9110, 11.6.1).
 *
 * @param scheme in lower case, "basic" or "bearer"; empty if it asks for neither
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final int LENGTH_MAX = 8192;

    /** Bearer before basic, where both are offered. */
    static Challenge of(List<String> headers) {
        Challenge best = new Challenge("", Map.of());
        for (String header : headers) {
            String text = header.strip();
            int space = text.indexOf(' ');
            String scheme = (space < 0 ? text : text.substring(0, space)).toLowerCase(Locale.ROOT);
            boolean known = scheme.equals("bearer") || (scheme.equals("basic") && best.scheme.isEmpty());
            if (!known || text.length() > LENGTH_MAX) {
                continue;
            }
            Map<String, String> parameters = parameters(space < 0 ? "" : text.substring(space + 1));
            best = new Challenge(scheme, parameters);
        }
        return best;
    }

    /** By hand, in one pass: a pattern would begin again at each letter of a name that no value follows. */
    static Map<String, String> parameters(CharSequence text) {
        Map<String, String> parameters = new LinkedHashMap<>();
        int end = text.length();
        int at = 0;
        while (at < end) {
            int name = at;
            at = past(text, at, Challenge::isName);
            if (at == name) {
                at++;
                continue;
            }
            int equals = past(text, at, Challenge::isSpace);
            if (equals == end || text.charAt(equals) != '=') {
                at = equals;
                continue;
            }
            String key = text.subSequence(name, at).toString().toLowerCase(Locale.ROOT);
            int from = past(text, equals + 1, Challenge::isSpace);
            boolean quoted = from < end && text.charAt(from) == '"';
            if (quoted) {
                from++;
            }
            at = past(text, from, quoted ? c -> c != '"' : c -> !isSpace(c) && c != ',' && c != '"');
            if (quoted && at == end) {
                at = from; // nothing closes it, so that it is no value, and none after it is quoted
            } else if (quoted || at > from) {
                parameters.putIfAbsent(key, text.subSequence(from, at).toString());
                at += quoted ? 1 : 0;
            }
        }
        return parameters;
    }

    private static int past(CharSequence text, int from, IntPredicate some) {
        int at = from;
        while (at < text.length() && some.test(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isName(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }

    private static boolean isSpace(int c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
