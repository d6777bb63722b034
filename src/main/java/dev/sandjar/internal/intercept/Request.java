package dev.sandjar.internal.intercept;

import dev.sandjar.internal.network.HandedConnection;
import dev.sandjar.internal.network.RequestHead;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Header;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The head of a request that may go on. It is hostile: what has not one reading, and what is not for the host or not allowed, is {@link
 * Refused}.
 *
 * @param method in capital letters
 * @param target path and query
 * @param headers that go on
 * @param framing of the body
 * @param closes whether the program wants no more of this connection
 * @param waits whether the program sends its body when it is told to go on
 */
record Request(
        String method,
        String target,
        List<RequestHead.Header> headers,
        Framing framing,
        boolean closes,
        boolean waits) {
    private static final int HEADERS_MAX = 200;
    private static final int HTTPS = 443;
    /** They have a server say what it was told, or are for tunnels. */
    private static final Set<String> NEVER = Set.of("CONNECT", "TRACE", "TRACK");

    /** Of one connection (RFC 9110, section 7.6.1), or said anew. */
    private static final Set<String> DROPPED = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "transfer-encoding");

    /** What says where a request ends, or for whom it is: never of one connection, whatever it says. */
    private static final Set<String> ALWAYS = Set.of("host", "content-length", "transfer-encoding");

    /** By which some servers take another method, path or host than the request line and Host say. */
    private static final Set<String> STEERING = Set.of(
            "forwarded",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-original-method",
            "x-original-uri",
            "x-original-url",
            "x-rewrite-url");

    private static final String FORWARDED = "x-forwarded-";

    /** @throws Refused if it goes no further */
    static Request of(RequestHead head, HandedConnection connection) throws Refused {
        String target = head.path();
        checkForm(head, connection);
        Framing framing = Framing.of(head.headers(), Framing.NONE);
        if (framing == null) {
            throw bad("the length of its request is not clear");
        }
        Set<String> dropped = new HashSet<>(DROPPED);
        boolean closes = false;
        for (String list : head.all("connection")) {
            for (String each : list.split(",", -1)) {
                String name = each.strip().toLowerCase(Locale.ROOT);
                if (ALWAYS.contains(name)) {
                    throw bad("its request wants headers dropped that say what it is");
                }
                closes = closes || name.equals("close");
                dropped.add(name);
            }
        }
        checkAllowed(head, connection.rule());
        List<RequestHead.Header> kept = new ArrayList<>();
        for (RequestHead.Header header : head.headers()) {
            String name = header.name().toLowerCase(Locale.ROOT);
            if (!dropped.contains(name) && !isCredential(name, connection.rule())) {
                kept.add(header);
            }
        }
        boolean waits = !head.all("expect").isEmpty();
        return new Request(head.method(), target, List.copyOf(kept), framing, closes, waits);
    }

    private static Refused bad(String why) {
        return new Refused(400, why);
    }

    private static void checkForm(RequestHead head, HandedConnection connection) throws Refused {
        String target = head.path();
        if (head.minor() != 1) {
            throw new Refused(505, "its request is of HTTP/1.0");
        } else if (head.headers().size() > HEADERS_MAX) {
            throw new Refused(431, "its request has more than " + HEADERS_MAX + " headers");
        } else if (NEVER.contains(head.method())) {
            throw new Refused(403, head.method() + " is never allowed");
        }
        String wrong = connection.wrong(head);
        if (wrong != null) {
            throw bad(wrong);
        } else if (!target.startsWith("/") && !target.equals("*")) {
            throw bad("its request is for a whole URL");
        } else if (target.indexOf('#') >= 0) {
            throw bad("its request has a fragment");
        } else if (!head.all("upgrade").isEmpty()) {
            throw new Refused(403, "an upgrade to another protocol is not allowed");
        } else if (!head.all("trailer").isEmpty()) {
            throw bad("its request announces trailers, which are not passed on");
        } else if (head.headers().stream().anyMatch(Request::isLengthByAnotherName)) {
            throw bad("a header of its request may be taken for its length");
        }
        List<String> expects = head.all("expect");
        if (expects.size() > 1 || (expects.size() == 1 && !expects.get(0).equalsIgnoreCase("100-continue"))) {
            throw new Refused(417, "its request expects what is not known");
        }
    }

    private static void checkAllowed(RequestHead head, EgressRule rule) throws Refused {
        String path = Paths.withoutQuery(head.path());
        if (rule.requests().isEmpty()) {
            return;
        }
        if (Paths.hasTwoReadings(path)) {
            throw new Refused(403, head.method() + " " + path + " is not allowed: the path has more than one reading");
        }
        if (rule.requests().stream().noneMatch(each -> each.allows(head.method(), path))) {
            throw new Refused(403, head.method() + " " + path + " is not allowed");
        }
        for (RequestHead.Header header : head.headers()) {
            String name = dashed(header);
            if (STEERING.contains(name) || name.startsWith(FORWARDED)) {
                throw new Refused(
                        403,
                        head.method() + " " + path + " is not allowed with the header " + header.name()
                                + ", which may say something else to its server");
            }
        }
    }

    /** As servers know it that pass headers on as variables. */
    private static String dashed(RequestHead.Header header) {
        return header.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static boolean isLengthByAnotherName(RequestHead.Header header) {
        return header.name().indexOf('_') >= 0 && ALWAYS.contains(dashed(header));
    }

    private static boolean isCredential(String name, EgressRule rule) {
        String dashed = name.replace('_', '-');
        return rule.credentials().stream().anyMatch(each -> each.name().equalsIgnoreCase(dashed));
    }

    /** As the server gets it. */
    byte[] head(HandedConnection connection) throws ServerFailed {
        StringBuilder text = new StringBuilder(method)
                .append(' ')
                .append(target)
                .append(" HTTP/1.1\r\nHost: ")
                .append(connection.name())
                .append(connection.port() == HTTPS ? "" : ":" + connection.port())
                .append("\r\n");
        for (RequestHead.Header header : headers) {
            text.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        for (Header header : connection.rule().credentials()) {
            text.append(header.name()).append(": ").append(value(header)).append("\r\n");
        }
        return text.append(framing.header())
                .append(closes ? "Connection: close\r\n" : "")
                .append("\r\n")
                .toString()
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String value(Header header) throws ServerFailed {
        try {
            return header.value();
        } catch (IllegalStateException e) {
            throw new ServerFailed(String.valueOf(e.getMessage()), null);
        }
    }
}
