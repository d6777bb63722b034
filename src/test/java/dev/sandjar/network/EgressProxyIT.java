package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that use the proxies of their sandbox, well and badly; what is refused beside what is not. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Tag("heavy")
class EgressProxyIT {
    /** Sends parts to a proxy, each when the answer to the one before has come, and prints the last answer's beginning. */
    private static final String CLIENT =
            """
            import os, socket, struct, urllib.parse
            def name(n): return b'\\x03' + bytes([len(n)]) + n
            def ask(to, port): return b'\\x05\\x01\\x00' + to + struct.pack('>H', port)
            def talk(variable, *parts):
                u = urllib.parse.urlsplit(os.environ[variable]); r = b''
                try:
                    s = socket.create_connection((u.hostname, u.port), 20); s.settimeout(40)
                    for part in parts:
                        s.sendall(part)
                        r = s.recv(65536)
                except OSError as e:
                    return 'reset' if e.errno in (104, 107, 32) else str(e)
                if variable == 'all_proxy': return r[:2].hex() if r[:1] == b'\\x05' else r.decode()
                return r.split(b'\\r\\n')[0].decode() if r.startswith(b'HTTP/1.1 ') else r.decode('latin-1')
            def whole(variable, data, end=None, step=1 << 20):
                u = urllib.parse.urlsplit(os.environ[variable]); r = b''
                s = socket.create_connection((u.hostname, u.port), 20); s.settimeout(40)
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    for i in range(0, len(data), step): s.sendall(data[i:i + step])
                    while end is None or not r.endswith(end):
                        part = s.recv(65536)
                        if not part: break
                        r += part
                except ConnectionError:
                    r += b' reset'
                return repr(r)
            """;

    private final Hosts hosts =
            new Hosts().with("server.test", "127.0.0.1").with("nobody.test").with("inner.test", "10.0.0.1");
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private static EgressRule rule(int port) {
        return EgressRule.allow("server.test", port).withAddresses(Hosts.LOOPBACK);
    }

    private Sandbox sandbox(Network network) {
        return Sandbox.untrusted()
                .network(network.withProxies().resolver(hosts).listener(events::add))
                .build();
    }

    private String run(Network network, String program) throws Exception {
        return Guest.python(sandbox(network), CLIENT + program);
    }

    private ConnectionEvent last() {
        return events.get(events.size() - 1);
    }

    @Test
    @NeedsHost(Feature.CURL)
    void curlFindsItByItsVariables() throws Exception {
        try (WebServers plain = WebServers.plain();
                WebServers tls = WebServers.tls(directory)) {
            Sandbox sandbox = sandbox(Network.egress(rule(plain.port()), rule(tls.port())));
            String at = "server.test:" + plain.port();
            String secure = "server.test:" + tls.port();
            String get = "curl -sS -k --max-time 30 ";
            String through = "unset http_proxy https_proxy HTTPS_PROXY; ";
            assertEquals("host " + at, Guest.sh(sandbox, get + "http://" + at + "/"));
            assertEquals("host " + secure, Guest.sh(sandbox, get + "https://" + secure + "/"));
            assertEquals("host " + at, Guest.sh(sandbox, through + get + "http://" + at + "/"));
            assertEquals("host " + secure, Guest.sh(sandbox, through + get + "https://" + secure + "/"));
            assertEquals("host " + at, Guest.sh(sandbox, get + "--noproxy '*' http://" + at + "/"), "the direct way");
            assertEquals(5, events.size(), events::toString);
            for (ConnectionEvent event : events) {
                assertEquals("server.test", event.connection().name().orElseThrow());
                assertTrue(event.connection().rule() instanceof EgressRule, events::toString);
                assertTrue(event.bytesIn() > 0 && event.bytesOut() > 0, events::toString);
            }
            assertEquals("403", Guest.sh(sandbox, get + "-o /dev/null -w '%{http_code}' http://other.test/"));
            assertEquals(EgressProxy.HTTP, last().connection().rule());
            assertEquals("no rule is for \"other.test\"", last().reason());
            String other = get + "-o /dev/null -w '%{http_connect}' https://other.test/ 2>/dev/null";
            assertEquals("403", Guest.sh(sandbox, other + "; true"));
            String socks = through + get + "https://other.test/ 2>/dev/null; echo $?";
            assertEquals("97", Guest.sh(sandbox, socks), "CURLE_PROXY");
            assertEquals(EgressProxy.SOCKS5, last().connection().rule());
            String hidden = get + "--connect-to other.test:443:" + secure + " https://other.test/ 2>/dev/null; echo $?";
            assertEquals("35", Guest.sh(sandbox, hidden), "TLS for another than the tunnel");
            assertTrue(last().reason().startsWith("its TLS is for \"other.test\""), last()::toString);
            String twice = "http://" + at + "/ http://other.test/ http://" + at + "/";
            assertTrue(
                    Guest.sh(sandbox, get + twice).startsWith("host " + at),
                    "each request has a connection of its own");
            // The first may end after what is refused.
            assertEquals(
                    1,
                    events.subList(events.size() - 3, events.size()).stream()
                            .filter(event -> event.connection().rule() == EgressProxy.HTTP)
                            .count(),
                    events::toString);
        }
    }

    @Test
    void otherProtocolsAndAddressesGoThroughToo() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.egress(
                    rule(port).anyProtocol(),
                    EgressRule.allowAddress("127.0.0.1", port)
                            .withAddresses(Hosts.LOOPBACK)
                            .anyProtocol());
            String program = String.format(
                    "hi = b'\\x05\\x01\\x00'\n"
                            + "print(talk('all_proxy', hi, ask(name(b'server.test'), %1$d), b'hello'))\n"
                            + "print(talk('all_proxy', hi, ask(name(b'SERVER.test'), %1$d), b'hello'))\n"
                            + "print(talk('all_proxy', hi, ask(name(b'127.0.0.1'), %1$d), b'hello'))\n"
                            + "print(talk('all_proxy', hi, ask(b'\\x01\\x7f\\0\\0\\x01', %1$d), b'hello'))\n"
                            + "print(talk('all_proxy', hi, ask(b'\\x01\\xc6\\x12\\0\\x01', %1$d), b'hello'))\n"
                            + "print(talk('http_proxy', b'CONNECT server.test:%1$d HTTP/1.1\\r\\n\\r\\n', b'hello'))\n"
                            + "print(talk('http_proxy', b'CONNECT 127.0.0.1:%1$d HTTP/1.1\\r\\n\\r\\n', b'hello'))\n",
                    port);
            assertEquals("hello\n".repeat(7).strip(), run(network, program));
            assertEquals(7, events.size(), events::toString);
            assertTrue(events.stream().allMatch(e -> e.bytesOut() == 5 && e.bytesIn() == 5), events::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://server.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n",
                "GET http://other.test/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://user@server.test/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://server.test@other.test/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://server.test:0/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://server.test./ HTTP/1.1\r\nHost: server.test.\r\n\r\n",
                "GET http://server.test:65616/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://[::ffff:127.0.0.1]/ HTTP/1.1\r\nHost: [::ffff:127.0.0.1]\r\n\r\n",
                "GET http://[::1%25lo]/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://0x7f.1/ HTTP/1.1\r\nHost: 0x7f.1\r\n\r\n",
                "GET http://server.test\\@other.test/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET https://server.test/ HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "GET http://server.test/ HTTP/1.1\r\nHost: server.test\r\nHost: server.test\r\n\r\n",
                "POST http://server.test/ HTTP/1.1\r\nHost: server.test\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                "POST http://server.test/ HTTP/1.1\r\nHost: server.test\r\nContent-Length: +5\r\n\r\n",
                "POST http://server.test/ HTTP/1.1\r\nHost: server.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST http://server.test/ HTTP/1.1\r\nHost: server.test\r\nTransfer-Encoding: xchunked\r\n\r\n",
                "POST http://server.test/ HTTP/1.1\r\nHost: server.test\r\nConnection: content-length\r\nContent-Length: 5\r\n\r\n",
                "GET http://server.test/ HTTP/1.1\r\nHost: server.test\r\nConnection: close, Host\r\n\r\n",
                "GET http://server.test/ HTTP/1.1\r\nHost : server.test\r\n\r\n",
                "GET http://server.test/ HTTP/1.1\r\nHost: server.test\r\n X: folded\r\n\r\n",
                "GET http://server.test/ HTTP/1.1\nHost: server.test\n\r\n\r\n",
                "CONNECT server.test HTTP/1.1\r\nHost: server.test\r\n\r\n",
                "CONNECT server.test:0 HTTP/1.1\r\n\r\n",
                "CONNECT server.test:99999 HTTP/1.1\r\n\r\n",
                "CONNECT user@server.test:80 HTTP/1.1\r\n\r\n",
                "CONNECT other.test:80 HTTP/1.1\r\nHost: server.test:80\r\n\r\n",
                "CONNECT server.test:80 HTTP/1.1\r\nHost: other.test:80\r\n\r\n",
                "CONNECT server.test:80 HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
                "CONNECT [::1]:80 HTTP/1.1\r\n\r\n",
                "CONNECT server.test:81 HTTP/1.1\r\n\r\n",
                "CONNECT 127.0.0.1:80 HTTP/1.1\r\n\r\n",
                "CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
                "CONNECT 198.18.0.1:81 HTTP/1.1\r\n\r\n",
                "CONNECT 198.19.255.254:3128 HTTP/1.1\r\n\r\n",
                "GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n",
                "POST http://server.test/ HTTP/1.0\r\nHost: server.test\r\nTransfer-Encoding: chunked\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            })
    void requestsThatHaveNotOneReadingAreRefused(String head) throws Exception {
        Network network = Network.egress(rule(80)).decide(connection -> Decision.REFUSE);
        String program = "print(talk('http_proxy', bytes.fromhex('%s'))[:12])\n";
        String hex = HexFormat.of().formatHex(head.getBytes(StandardCharsets.ISO_8859_1));
        String said = run(network, String.format(program, hex));
        assertTrue(List.of("HTTP/1.1 400", "HTTP/1.1 403").contains(said), said);
        assertEquals(ConnectionEvent.Verdict.REFUSED, last().verdict());
        assertTrue(!last().reason().isEmpty(), "it has not come to the decider");
        assertEquals(0, hosts.asked.get());
        String right = "GET http://server.test/ HTTP/1.1\r\nHost: server.test\r\n\r\n";
        String control = HexFormat.of().formatHex(right.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals("HTTP/1.1 403", run(network, String.format(program, control)));
        assertEquals("", last().reason(), "the control has come to the decider");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ask(name(b'other.test'), 80) | 0502",
                "ask(name(b'server.test'), 81) | 0502",
                "ask(name(b'server.test'), 0) | 0502",
                "ask(name(b'other.test\\0.server.test'), 80) | 0502",
                "ask(name(b'server.test\\0'), 80) | 0502",
                "ask(name(b'server.test\\r\\n'), 80) | 0502",
                "ask(name(b'server.test.'), 80) | 0502",
                "ask(name(b'server.test\\xff'), 80) | 0502",
                "ask(name(b'2130706433'), 80) | 0502",
                "ask(name(b''), 80) | 0502",
                "ask(name(b'a' * 255), 80) | 0502",
                "ask(name(b'server.test' + b'\\0' * 244), 80) | 0502",
                "ask(name(b'xn--' + b'a.' * 125 + b'a'), 80) | 0502",
                "ask(b'\\x01\\xc6\\x12\\0\\x01', 81) | 0502",
                "ask(b'\\x01\\xc6\\x13\\xff\\xfe', 3128) | 0502",
                "ask(b'\\x01\\x7f\\0\\0\\x01', 80) | 0502",
                "ask(b'\\x04' + b'\\0' * 10 + b'\\xff\\xff\\x7f\\0\\0\\x01', 80) | 0502",
                "ask(b'\\x01\\xa9\\xfe\\xa9\\xfe', 80) | 0502",
                "ask(b'\\x02', 80) + b'x' * 16 | 0508",
                "b'\\x05\\x02\\x00' + name(b'server.test') + b'\\0P' | 0507",
                "b'\\x05\\x03\\x00' + name(b'server.test') + b'\\0P' | 0507",
                "b'\\x04\\x01\\x00' + name(b'server.test') + b'\\0P' | 0501",
                "b'\\x05\\x01\\x01' + name(b'server.test') + b'\\0P' | 0501",
                "ask(name(b'server.test'), 80) | 0500"
            })
    void requestsOfSocksAreStrict(String request, String answer) throws Exception {
        String program = "print(talk('all_proxy', b'\\x05\\x02\\x02\\x00', " + request + "))\n";
        assertEquals(answer, run(Network.egress(rule(80)), program));
        assertEquals(0, hosts.asked.get());
    }

    @Test
    void greetingsAreStrict() throws Exception {
        Network network = Network.egress(rule(80));
        assertEquals("05ff", run(network, "print(talk('all_proxy', b'\\x05\\x01\\x02'))"));
        assertEquals("05ff", run(network, "print(talk('all_proxy', b'\\x05\\x00'))"));
        assertEquals(
                "",
                run(network, "print(talk('all_proxy', b'\\x04\\x01\\0P\\x7f\\0\\0\\x01\\0') or '')")
                        .replace("reset", ""));
        assertEquals(
                "reset",
                run(
                        network.bounds(b -> b.firstBytes(Duration.ofMillis(500))),
                        "print(talk('all_proxy', b'\\x05\\xff'))"),
                "what is said to come and does not");
        assertEquals("it did not say in time what it wants", last().reason());
        assertEquals("0500", run(network, "print(talk('all_proxy', b'\\x05\\x01\\x00'))"));
    }

    /** Each of them is dropped after its time, and one that knows what it wants gets a place. */
    @Test
    void slowAndLargeClientsAreBounded() throws Exception {
        try (WebServers plain = WebServers.plain()) {
            String request = "b'GET http://server.test:%1$d/ HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\n'";
            String program = String.format(
                    "u = urllib.parse.urlsplit(os.environ['http_proxy'])\n"
                            + "held = [socket.create_connection((u.hostname, u.port), 20) for i in range(20)]\n"
                            + "for s in held: s.sendall(b'GET http://server.te')\n"
                            + "print(talk('http_proxy', " + request + " + b'\\r\\n'))\n"
                            + "print(talk('http_proxy', " + request + " + b'X: ' + b'x' * 9000 + b'\\r\\n\\r\\n'))\n"
                            + "print(talk('http_proxy', " + request
                            + " + b'X: ' + b'x' * 20000 + b'\\r\\n\\r\\n')[:12])\n",
                    plain.port());
            Network network = Network.egress(rule(plain.port()))
                    .bounds(b -> b.connections(4).firstBytes(Duration.ofSeconds(2)));
            String said = run(network, program);
            assertTrue(said.startsWith("HTTP/1.1 200 OK\nHTTP/1.1 200 OK\n"), said);
            assertTrue(
                    List.of("HTTP/1.1 400", "reset")
                            .contains(said.lines().toList().get(2)),
                    said);
            assertTrue(events.stream()
                            .filter(e -> e.reason().equals("it did not say in time what it wants"))
                            .count()
                    >= 16);
        }
    }

    @Test
    void whoCannotBeReachedIsSaid() throws Exception {
        try (Socket unanswered = Servers.unanswered()) {
            whoCannotBeReachedIsSaid(unanswered.getLocalPort());
        }
    }

    private void whoCannotBeReachedIsSaid(int port) throws Exception {
        Network network = Network.egress(
                rule(port).anyProtocol(),
                EgressRule.allow("nobody.test", 80).anyProtocol(),
                EgressRule.allow("inner.test", 80).anyProtocol());
        String tunnel = "print(talk('http_proxy', b'CONNECT %s HTTP/1.1\\r\\n\\r\\n'))\n";
        assertEquals("HTTP/1.1 502 Bad Gateway", run(network, String.format(tunnel, "server.test:" + port)));
        assertEquals(ConnectionEvent.Verdict.UNREACHABLE, last().verdict());
        assertEquals("HTTP/1.1 502 Bad Gateway", run(network, String.format(tunnel, "nobody.test:80")));
        assertEquals(ConnectionEvent.Verdict.UNREACHABLE, last().verdict());
        assertEquals("HTTP/1.1 403 Forbidden", run(network, String.format(tunnel, "inner.test:80")));
        assertEquals(ConnectionEvent.Verdict.REFUSED, last().verdict());
        String socks = "print(talk('all_proxy', b'\\x05\\x01\\x00', ask(name(b'nobody.test'), 80)))\n";
        assertEquals("0504", run(network, socks));
        String said = run(network, "print(whole('http_proxy', b'CONNECT inner.test:80 HTTP/1.1\\r\\n\\r\\n'))\n");
        assertTrue(said.contains("inner.test is refused"), said);
        assertFalse(said.contains("10.0.0.1"), "addresses of the host's network are told to nobody inside");
        assertTrue(last().reason().contains("10.0.0.1"), last()::toString);
    }

    /** A client need not wait for answers that it knows, and may send drop by drop. */
    @ParameterizedTest
    @ValueSource(ints = {1, 1 << 20})
    void whatIsSentAtOnceIsReadInParts(int step) throws Exception {
        try (ServerSocket server = Servers.echo();
                WebServers plain = WebServers.plain()) {
            Network network = Network.egress(rule(server.getLocalPort()).anyProtocol(), rule(plain.port()));
            String program = String.format(
                    "socks = lambda port: b'\\x05\\x01\\x00' + ask(name(b'server.test'), port)\n"
                            + "get = b'GET / HTTP/1.1\\r\\nHost: server.test:%2$d\\r\\nConnection: close\\r\\n\\r\\n'\n"
                            + "print(whole('all_proxy', socks(%1$d) + b'hello', b'hello', %3$d))\n"
                            + "print(whole('all_proxy', socks(%2$d) + get, b'host server.test:%2$d', 1 << 20)[-22:])\n"
                            + "print(whole('http_proxy', b'CONNECT server.test:%1$d HTTP/1.1\\r\\n\\r\\nhello', b'hello', %3$d))\n"
                            + "print(whole('http_proxy', b'CONNECT server.test:%2$d HTTP/1.1\\r\\n\\r\\n' + get)[-22:])\n",
                    server.getLocalPort(), plain.port(), step);
            String web = ("host server.test:" + plain.port() + "'");
            web = web.substring(Math.max(0, web.length() - 22));
            assertEquals(
                    List.of(
                            "b'\\x05\\x00\\x05\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00hello'",
                            web,
                            "b'HTTP/1.1 200 Connection established\\r\\n\\r\\nhello'",
                            web),
                    run(network, program).lines().toList());
            assertEquals(4, events.size(), events::toString);
        }
    }

    @Test
    void aTunnelIsForWhatItWasAskedFor() throws Exception {
        String other = "GET / HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n";
        String program = "print(whole('http_proxy', b'CONNECT server.test:80 HTTP/1.1\\r\\n\\r\\n" + other + "'))\n"
                + "print(whole('all_proxy', b'\\x05\\x01\\x00' + ask(name(b'server.test'), 80) + b'" + other
                + "'))\n";
        assertEquals(
                List.of(
                        "b'HTTP/1.1 200 Connection established\\r\\n\\r\\n reset'",
                        "b'\\x05\\x00\\x05\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00 reset'"),
                run(Network.egress(rule(80)), program).lines().toList());
        assertEquals(2, events.size(), events::toString);
        for (ConnectionEvent event : events) {
            assertEquals("its request is for \"other.test\", not for server.test", event.reason());
        }
        assertEquals(0, hosts.asked.get());
    }

    /** What follows a request is for the server that has that, whatever it says. */
    @Test
    void aSecondRequestReachesNobodyElse() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String program = String.format(
                    "one = b'GET http://server.test:%1$d/1 HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\n\\r\\n'\n"
                            + "two = b'GET http://other.test/2 HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n'\n"
                            + "print(whole('http_proxy', one + two, two))\n",
                    port);
            assertEquals(
                    "b'GET /1 HTTP/1.1\\r\\nHost: server.test:" + port
                            + "\\r\\nConnection: close\\r\\n\\r\\nGET http://other.test/2 HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n'",
                    run(Network.egress(rule(port)), program));
            assertEquals(1, events.size(), events::toString);
            assertEquals(1, hosts.asked.get());
        }
    }

    /** Each gets a blank, so that the head is longer than it came. */
    @Test
    void aHeadOfManyShortHeadersGoesOn() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            String program = String.format(
                    "head = b'GET http://server.test:%1$d/ HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\n'\n"
                            + "head += b'a:\\r\\n' * ((16384 - 2 - len(head)) // 4) + b'\\r\\n'\n"
                            + "print(len(head) > 16380, whole('http_proxy', head, b'Connection: close\\r\\n\\r\\n').count('a: '))\n",
                    server.getLocalPort());
            String said = run(Network.egress(rule(server.getLocalPort())), program);
            assertTrue(said.matches("True 40[0-9]{2}"), said);
        }
    }

    @Test
    void portsThatRulesHaveAreLeftToThem() throws Exception {
        Network network = Network.egress(rule(80)).publish(3128).publish(1080);
        String program = "print(os.environ['http_proxy'], os.environ['all_proxy'])\n"
                + "for port in (3128, 1080): socket.create_server(('', port))\n"
                + "print(talk('http_proxy', b'CONNECT server.test:81 HTTP/1.1\\r\\n\\r\\n'))\n";
        assertEquals(
                "http://198.19.255.254:3129 socks5h://198.19.255.254:1081\nHTTP/1.1 403 Forbidden",
                run(network, program));
    }

    /** The server's answer shows what it was sent. */
    @Test
    void aRequestGoesOnWithoutWhatWasForTheProxy() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String head =
                    "POST http://server.test:%1$d?q=1 HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\nProxy-Authorization: secret\\r\\n"
                            + "Proxy-Connection: keep-alive\\r\\nConnection: x-one, keep-alive\\r\\nX-One: 1\\r\\nX-Two: 2\\r\\n"
                            + "Content-Length: 4\\r\\n\\r\\nbody";
            String program = "print(repr(talk('http_proxy', b'" + String.format(head, port) + "')))\n";
            String sent = "'POST /?q=1 HTTP/1.1\\r\\nHost: server.test:" + port
                    + "\\r\\nX-Two: 2\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\n";
            String said = run(Network.egress(rule(port)), program);
            assertTrue(said.startsWith(sent), said);
        }
    }

    @Test
    void withoutRulesAProxyReachesNothing() throws Exception {
        String program = "print(talk('http_proxy', b'CONNECT server.test:80 HTTP/1.1\\r\\n\\r\\n'))\n"
                + "print(talk('all_proxy', b'\\x05\\x01\\x00', ask(name(b'server.test'), 80)))\n";
        assertEquals("HTTP/1.1 403 Forbidden\n0502", run(Network.egress(), program));
        Sandbox without = Sandbox.untrusted().network(Network.egress(rule(80))).build();
        assertEquals("None", Guest.python(without, "import os; print(os.environ.get('http_proxy'))"));
    }
}
