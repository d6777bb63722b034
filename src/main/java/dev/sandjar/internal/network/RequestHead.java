package dev.sandjar.internal.network;

import dev.sandjar.internal.util.Printable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request of HTTP/1 (RFC 9112), of which there is one reading or none.
 *
 * @param size in bytes, with the empty line at its end
 * @param method in capital letters
 * @param path what it asks for, as it is written
 * @param minor 0 or 1: HTTP/1.0 or HTTP/1.1
 * @param headers in their order
 */
public record RequestHead(int size, String method, String path, int minor, List<Header> headers) {
    private static final String END = "\r\n\r\n";
    private static final Pattern LINE = Pattern.compile("([A-Z]{1,24}) ([!-~]{1,8192}) HTTP/1\\.([01])");
    // No two parts of it match the same character: else a guest has the host search for hours by one line of blanks.
    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]++):([\t -~\u0080-\u00ff]*+)");

    /** A name or an address, and a port. */
    static final Pattern AUTHORITY =
            Pattern.compile("([A-Za-z0-9.-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(?::([0-9]{1,5}))?");

    static final Pattern ABSOLUTE = Pattern.compile("(?i)http://([^/?#]*)(?:[/?#].*)?");

    /**
     * One line.
     *
     * @param name as it is written
     * @param value without space around
     */
    public record Header(String name, String value) {}

    /**
     * What bytes begin with.
     *
     * @param other what they are instead of a head, or that more are needed; null if there is one
     * @param found the head
     */
    record Parsed(@Nullable FirstBytes other, @Nullable RequestHead found) {
        RequestHead head() {
            RequestHead head = found;
            if (head == null) {
                throw new IllegalStateException("there is no head");
            }
            return head;
        }
    }

    /**
     * One that is there as a whole.
     *
     * @param bytes with the empty line at its end
     * @throws IllegalArgumentException if it has not one reading; says what is wrong
     */
    public static RequestHead whole(byte[] bytes) {
        Parsed parsed = parse(bytes);
        FirstBytes other = parsed.other;
        if (other != null) {
            throw new IllegalArgumentException(
                    other.kind() == FirstBytes.Kind.WRONG ? other.wrong() : "its request has no end");
        }
        return parsed.head();
    }

    static FirstBytes read(byte[] bytes, Target target) {
        Parsed parsed = parse(bytes);
        FirstBytes other = parsed.other;
        if (other != null) {
            return other;
        }
        RequestHead head = parsed.head();
        return head.method.equals("CONNECT") ? FirstBytes.wrong("its request is for a tunnel") : head.isFor(target);
    }

    static Parsed parse(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(END);
        if (end < 0) {
            String start = text.length() > 24 ? text.substring(0, 25) : text;
            return new Parsed(
                    text.indexOf('\0') >= 0 || start.matches("[A-Z]{25}") || start.startsWith("PRI ")
                            ? FirstBytes.wrong("it begins like HTTP/1 and does not go on so")
                            : FirstBytes.more(bytes.length + 1),
                    null);
        }
        String[] lines = text.substring(0, end).split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        if (!line.matches()) {
            return new Parsed(FirstBytes.wrong("its request is malformed, or not of HTTP/1"), null);
        }
        List<Header> headers = headers(lines);
        if (headers == null) {
            return new Parsed(FirstBytes.wrong("a header of its request is malformed"), null);
        }
        return new Parsed(
                null,
                new RequestHead(
                        end + END.length(), line.group(1), line.group(2), Integer.parseInt(line.group(3)), headers));
    }

    /** Of all lines but the first; null if one is malformed. */
    public static @Nullable List<Header> headers(String[] lines) {
        List<Header> headers = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            Matcher header = HEADER.matcher(lines[i]);
            if (!header.matches()) {
                return null;
            }
            headers.add(new Header(header.group(1), withoutBlanks(header.group(2))));
        }
        return List.copyOf(headers);
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

    /** The values of all headers of this name, which is in small letters. */
    public List<String> all(String name) {
        return headers.stream()
                .filter(each -> FirstBytes.same(each.name, name))
                .map(Header::value)
                .toList();
    }

    /** Whether all that says where it goes says the same. */
    FirstBytes isFor(Target target) {
        List<String> hosts = all("host");
        if (hosts.size() > 1) {
            return FirstBytes.wrong("its request has several hosts");
        } else if (!all("content-length").isEmpty() && !all("transfer-encoding").isEmpty()) {
            return FirstBytes.wrong("its request has two lengths");
        } else if (hosts.isEmpty()) {
            return FirstBytes.wrong("its request names no host");
        } else if (!isMeant(hosts.get(0), target)) {
            return FirstBytes.wrong("its request is for " + Printable.quote(hosts.get(0)));
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
        Matcher parts = AUTHORITY.matcher(host);
        return parts.matches()
                && target.isMeantBy(parts.group(1))
                && (parts.group(2) == null || Integer.parseInt(parts.group(2)) == target.port());
    }
}
