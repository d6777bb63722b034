package dev.sandjar.internal.image;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server asks for before it gives something: a {@code WWW-Authenticate} header (RFC 9110, 11.6.1).
 *
 * @param scheme in lower case, "basic" or "bearer"; empty if it asks for neither
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final Pattern PARAMETER = Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(?:\"([^\"]*)\"|([^\\s,\"]+))");
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
            Map<String, String> parameters = new LinkedHashMap<>();
            Matcher matcher = PARAMETER.matcher(space < 0 ? "" : text.substring(space + 1));
            while (matcher.find()) {
                String value = matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
                parameters.putIfAbsent(matcher.group(1).toLowerCase(Locale.ROOT), value);
            }
            best = new Challenge(scheme, parameters);
        }
        return best;
    }
}
