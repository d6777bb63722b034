package dev.sandjar.internal.network;

import dev.sandjar.internal.util.Printable;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The head of a request of HTTP/1 (RFC 9112), of which there is one reading or none. */
final class RequestHead {
    private static final String END = "\r\n\r\n";
    private static final Pattern LINE = Pattern.compile("([A-Z]{1,24}) ([!-~]{1,8192}) HTTP/1\\.[01]");
    // No two parts of it match the same character: else a guest has the host search for hours by one line of blanks.
    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]++):([\t -~\u0080-\u00ff]*+)");
    private static final Pattern HOST =
            Pattern.compile("([A-Za-z0-9.-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(?::([0-9]{1,5}))?");
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)http://([^/?#]*)(?:[/?#].*)?");

    private RequestHead() {}

    static FirstBytes read(byte[] bytes, Target target) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(END);
        if (end < 0) {
            String start = text.length() > 24 ? text.substring(0, 25) : text;
            return text.indexOf('\0') >= 0 || start.matches("[A-Z]{25}") || start.startsWith("PRI ")
                    ? FirstBytes.wrong("it begins like HTTP/1 and does not go on so")
                    : FirstBytes.more(bytes.length + 1);
        }
        String[] lines = text.substring(0, end).split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        if (!line.matches()) {
            return FirstBytes.wrong("its request is malformed, or not of HTTP/1");
        }
        return headers(lines, line.group(1), line.group(2), target);
    }

    private static FirstBytes headers(String[] lines, String method, String path, Target target) {
        String host = null;
        boolean length = false;
        boolean coded = false;
        for (int i = 1; i < lines.length; i++) {
            Matcher header = HEADER.matcher(lines[i]);
            if (!header.matches()) {
                return FirstBytes.wrong("a header of its request is malformed");
            }
            String field = header.group(1);
            if (FirstBytes.same(field, "host")) {
                if (host != null) {
                    return FirstBytes.wrong("its request has several hosts");
                }
                host = withoutBlanks(header.group(2));
            }
            length |= FirstBytes.same(field, "content-length");
            coded |= FirstBytes.same(field, "transfer-encoding");
        }
        if (length && coded) {
            return FirstBytes.wrong("its request has two lengths");
        }
        return meant(method, path, host, target);
    }

    private static String withoutBlanks(String value) {
        int from = 0;
        int to = value.length();
        while (from < to && isBlank(value.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(value.charAt(to - 1))) {
            to--;
        }
        return value.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static FirstBytes meant(String method, String path, @Nullable String host, Target target) {
        if (host == null) {
            return FirstBytes.wrong("its request names no host");
        }
        if (!isMeant(host, target)) {
            return FirstBytes.wrong("its request is for " + Printable.quote(host));
        }
        if (method.equals("CONNECT")) {
            return FirstBytes.wrong("its request is for a tunnel");
        }
        Matcher absolute = ABSOLUTE.matcher(path);
        if (absolute.matches()) {
            return isMeant(absolute.group(1), target)
                    ? FirstBytes.right()
                    : FirstBytes.wrong("its request is for " + Printable.quote(absolute.group(1)));
        }
        boolean known = path.startsWith("/") || (path.equals("*") && method.equals("OPTIONS"));
        return known ? FirstBytes.right() : FirstBytes.wrong("its request is for " + Printable.quote(path));
    }

    private static boolean isMeant(String host, Target target) {
        Matcher parts = HOST.matcher(host);
        return parts.matches()
                && target.isMeantBy(parts.group(1))
                && (parts.group(2) == null || Integer.parseInt(parts.group(2)) == target.port());
    }
}
