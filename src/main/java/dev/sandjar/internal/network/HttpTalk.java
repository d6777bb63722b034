package dev.sandjar.internal.network;

import dev.sandjar.internal.util.Printable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A proxy of HTTP/1. One request for each connection: the next could be for another host. */
final class HttpTalk extends ProxyTalk {
    private static final int HTTP = 80;
    private static final int PORT_MAX = 65_535;
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");
    private static final byte[] ESTABLISHED =
            "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Of this connection, not of the one to the server (RFC 9110, section 7.6.1). */
    private static final Set<String> OF_THIS_CONNECTION = Set.of(
            "connection",
            "proxy-connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "upgrade");

    /** What says where a request ends, or for whom it is: never of this connection alone, whatever it says. */
    private static final Set<String> ALWAYS_PASSED_ON = Set.of("host", "content-length", "transfer-encoding");

    @Override
    Step take(byte[] bytes, Targets targets) {
        RequestHead.Parsed parsed = RequestHead.parse(bytes);
        FirstBytes other = parsed.other();
        if (other != null) {
            return other.kind() == FirstBytes.Kind.MORE
                    ? Step.answer(Answer.more(other.least()))
                    : bad(bytes, other.wrong());
        }
        RequestHead head = parsed.head();
        if (head.method().equals("CONNECT")) {
            return connect(head, bytes, targets);
        }
        Matcher absolute = RequestHead.ABSOLUTE.matcher(head.path());
        if (!absolute.matches() || head.path().contains("#")) {
            return bad(bytes, "its request to the proxy is for " + Printable.quote(head.path()));
        }
        Target target = target(absolute.group(1), HTTP, targets);
        if (target == null) {
            return unknown(bytes, absolute.group(1));
        }
        FirstBytes said = head.isFor(target);
        return said.kind() == FirstBytes.Kind.WRONG
                ? bad(bytes, said.wrong() + ", not for " + target.text())
                : request(head, bytes, target, head.path().substring(absolute.end(1)));
    }

    /** Whose Host says nothing more; but what differs from it is made to be read in two ways. */
    private static Step connect(RequestHead head, byte[] bytes, Targets targets) {
        Matcher authority = RequestHead.AUTHORITY.matcher(head.path());
        if (!authority.matches() || authority.group(2) == null) {
            return bad(bytes, "its tunnel is to " + Printable.quote(head.path()));
        }
        for (String name : List.of("content-length", "transfer-encoding")) {
            if (!head.all(name).isEmpty()) {
                return bad(bytes, "its request for a tunnel has a body");
            }
        }
        List<String> hosts = head.all("host");
        if (hosts.size() > 1) {
            return bad(bytes, "its request has several hosts");
        }
        Target target = target(head.path(), 0, targets);
        if (target == null) {
            return unknown(bytes, head.path());
        }
        Matcher host = hosts.isEmpty() ? authority : RequestHead.AUTHORITY.matcher(hosts.get(0));
        return host.matches()
                        && FirstBytes.same(host.group(1), authority.group(1).toLowerCase(Locale.ROOT))
                ? Step.tunnel(target, head.size(), ESTABLISHED)
                : bad(bytes, "its request for a tunnel has another host");
    }

    private static @Nullable Target target(String text, int byDefault, Targets targets) {
        Matcher authority = RequestHead.AUTHORITY.matcher(text);
        if (!authority.matches()) {
            return null;
        }
        int port = authority.group(2) == null ? byDefault : Integer.parseInt(authority.group(2));
        return port < 1 || port > PORT_MAX ? null : targets.dialled(authority.group(1), port);
    }

    private static Step request(RequestHead head, byte[] bytes, Target target, String rest) {
        List<String> lengths = head.all("content-length");
        List<String> codings = head.all("transfer-encoding");
        if (lengths.size() + codings.size() > 1
                || lengths.stream().anyMatch(each -> !LENGTH.matcher(each).matches())
                || (head.minor() == 0 && !codings.isEmpty())
                || codings.stream().anyMatch(each -> !FirstBytes.same(each, "chunked"))) {
            return bad(bytes, "the length of its request is not clear");
        }
        Set<String> dropped = new HashSet<>(OF_THIS_CONNECTION);
        for (String list : head.all("connection")) {
            for (String name : list.split(",", -1)) {
                dropped.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        if (ALWAYS_PASSED_ON.stream().anyMatch(dropped::contains)) {
            return bad(bytes, "its request wants headers dropped that say what it is");
        }
        String path =
                rest.isEmpty() && head.method().equals("OPTIONS") ? "*" : rest.startsWith("/") ? rest : "/" + rest;
        StringBuilder text = new StringBuilder(head.method())
                .append(' ')
                .append(path)
                .append(" HTTP/1.")
                .append(head.minor())
                .append("\r\n");
        for (RequestHead.Header header : head.headers()) {
            if (!dropped.contains(header.name().toLowerCase(Locale.ROOT))) {
                text.append(header.name()).append(": ").append(header.value()).append("\r\n");
            }
        }
        text.append("Connection: close\r\n\r\n");
        return Step.request(target, head.size(), text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Step bad(byte[] bytes, String why) {
        return Step.wrong(why, bytes.length, reply("400 Bad Request", why));
    }

    private static Step unknown(byte[] bytes, String authority) {
        String why = "no rule is for " + Printable.quote(authority);
        return Step.wrong(why, bytes.length, reply("403 Forbidden", why));
    }

    @Override
    byte[] refused(Target target) {
        return reply("403 Forbidden", target.text() + " is refused");
    }

    @Override
    byte[] unreachable(Target target) {
        return reply("502 Bad Gateway", target.text() + " is not reached");
    }

    /** For who asks a host in the clear that may be asked in TLS alone, without any proxy. */
    static byte[] withoutTls(Target target) {
        return reply("403 Forbidden", target.text() + " is refused without TLS: ask for https://" + target.text());
    }

    private static byte[] reply(String status, String why) {
        byte[] body = ("sandjar: " + why + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] head = ("HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
                        + body.length + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }
}
