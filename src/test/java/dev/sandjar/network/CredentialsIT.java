package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets that are put into requests outside, and which requests there may be. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Tag("heavy")
class CredentialsIT {
    private static final String SECRET = "k7-never-inside-2f";

    /** Says what raw bytes come to, in TLS that trusts what the environment says. */
    private static final String RAW =
            """
            import socket, ssl, sys
            def talk(data, host='server.test', port=%d):
                s = socket.create_connection((host, port), 30)
                s = ssl.create_default_context().wrap_socket(s, server_hostname=host)
                s.sendall(data)
                got = b''
                try:
                    while True:
                        more = s.recv(1 << 16)
                        if not more: break
                        got += more
                except OSError as e: got += b'<' + str(e.errno).encode() + b'>'
                return got.decode('latin-1')
            """;

    private static final List<String> AMBIGUOUS = List.of(
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nHost: server.test:PORT\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nHost: other.test\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test.:PORT\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET https://server.test:PORT/ HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET http://server.test:PORT/ HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET http://other.test/ HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "CONNECT server.test:PORT HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: server.test:PORT\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: server.test:PORT\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "get / HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET /#f HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET / x HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET\t/ HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: server.test:PORT\r\n\r\n",
            "GET / HTTP/1.1\nHost: server.test:PORT\n\n\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nX: a\r\n b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nX : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nX: a\rb\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nX: a\nb\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nX: a\0b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: server.test:PORT\r\nConnection: Host\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent-Length: 3, 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent-Length: +3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent-Length: 0x3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent-Length: 9999999999999999999\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nTransfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nContent_Length: 5\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nExpect: 200-ok\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: server.test:PORT\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

    private static final List<String> BAD_CHUNKS = List.of(
            "3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
            "3;ext=1\r\nabc\r\n0\r\n\r\n",
            "3\nabc\r\n0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            " 3\r\nabc\r\n0\r\n\r\n",
            "-1\r\nabc\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\n");

    private static final List<String> BAD_ANSWERS = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "nonsense\r\n\r\n",
            "");

    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
    private final List<RequestEvent> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger secretsAsked = new AtomicInteger();
    private TlsOrigin origin;

    @TempDir
    Path directory;

    @BeforeEach
    void open() throws Exception {
        origin = TlsOrigin.open(directory, "server.test");
    }

    @AfterEach
    void close() throws Exception {
        origin.close();
    }

    private String secret() {
        secretsAsked.incrementAndGet();
        return SECRET;
    }

    private EgressRule plainRule() {
        return EgressRule.allow("server.test", origin.port()).withAddresses(Hosts.LOOPBACK);
    }

    private EgressRule rule() {
        return plainRule().trusting(origin.certificate()).credential(Header.bearer(this::secret));
    }

    private Network network(EgressRule rule) {
        return Network.egress(rule).resolver(hosts).listener(events::add).requestListener(requests::add);
    }

    private Sandbox sandbox(EgressRule rule) {
        return Sandbox.untrusted().network(network(rule)).build();
    }

    private String raw(Sandbox sandbox, String python) throws Exception {
        return Guest.python(sandbox, String.format(RAW, origin.port()) + python);
    }

    /** As a literal of Python. */
    private static String bytes(String text) {
        StringBuilder literal = new StringBuilder("b'");
        for (char c : text.toCharArray()) {
            literal.append(String.format("\\x%02x", (int) c));
        }
        return literal.append('\'').toString();
    }

    private String talk(EgressRule rule, String request) throws Exception {
        return raw(sandbox(rule), "print(talk(" + bytes(request) + "))");
    }

    /** One after the other, from one program. */
    private List<String> talkAll(EgressRule rule, List<String> all) throws Exception {
        String texts = all.stream().map(CredentialsIT::bytes).collect(Collectors.joining(",\n"));
        String out = raw(
                sandbox(rule),
                "import base64\nfor each in [" + texts
                        + "]:\n  print('-' + base64.b64encode(talk(each).encode('latin-1')).decode())");
        List<String> answers = out.lines()
                .map(line -> new String(Base64.getDecoder().decode(line.substring(1)), StandardCharsets.ISO_8859_1))
                .toList();
        assertEquals(all.size(), answers.size(), out);
        return answers;
    }

    private String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: server.test:" + origin.port() + "\r\nConnection: close\r\n\r\n";
    }

    private String url(String path) {
        return "https://server.test:" + origin.port() + path;
    }

    private RequestEvent request() {
        assertEquals(1, requests.size(), requests::toString);
        return requests.get(0);
    }

    @Test
    void theServerHasTheSecretAndNobodyInside() throws Exception {
        String program = "answer = talk(" + bytes(get("/v1/things?q=1")) + ")\n" + "print(answer.splitlines()[-1])\n"
                + lookFor(SECRET);
        assertEquals("path /v1/things?q=1\nfound 0", raw(sandbox(rule()), program));
        assertEquals(List.of("Bearer " + SECRET), origin.only().values("Authorization"));
        assertEquals(List.of("server.test:" + origin.port()), origin.only().values("Host"));
        assertEquals(1, secretsAsked.get());
        RequestEvent event = request();
        assertEquals("GET /v1/things", event.method() + " " + event.path());
        assertEquals(RequestEvent.Verdict.PASSED, event.verdict());
        assertEquals(OptionalInt.of(200), event.status());
        assertEquals(1, events.size());
        assertEquals(ConnectionEvent.Verdict.COMPLETED, events.get(0).verdict(), events::toString);
        assertEquals(origin.port(), events.get(0).address().orElseThrow().getPort());
        assertTrue(events.get(0).bytesIn() > 0 && events.get(0).bytesOut() > 0, events::toString);
        assertFalse((events + "" + requests).contains(SECRET), "events have it");
        // The same look finds what is inside.
        Sandbox told = Sandbox.untrusted()
                .env("TOKEN", SECRET)
                .network(network(rule()))
                .build();
        String found = raw(told, lookFor(SECRET));
        assertTrue(found.matches("found [1-9][0-9]*"), found);
    }

    /** Many programs close without taking leave of TLS. */
    @Test
    void whoLeavesAfterAWholeAnswerHasBrokenNothing() throws Exception {
        String request = "GET /whole HTTP/1.1\r\nHost: server.test:" + origin.port() + "\r\n\r\n";
        String leave =
                """
                import struct
                for again in (0, 1):
                    s = socket.create_connection(('server.test', %d), 30)
                    s = ssl.create_default_context().wrap_socket(s, server_hostname='server.test')
                    s.sendall(%s)
                    got = b''
                    while b'path /whole' not in got: got += s.recv(1)
                    s.close()
                s = socket.create_connection(('server.test', %d), 30)
                s = ssl.create_default_context().wrap_socket(s, server_hostname='server.test')
                s.sendall(%s[:20])
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                s.close()
                print('left')
                """;
        String out = raw(
                sandbox(rule()), String.format(leave, origin.port(), bytes(request), origin.port(), bytes(request)));
        assertEquals("left", out);
        assertEquals(
                List.of(
                        ConnectionEvent.Verdict.BROKEN,
                        ConnectionEvent.Verdict.COMPLETED,
                        ConnectionEvent.Verdict.COMPLETED),
                events.stream()
                        .map(ConnectionEvent::verdict)
                        .sorted(Comparator.comparing(Enum::name))
                        .toList(),
                events::toString);
    }

    /** In the environment and arguments of all processes, in files, and in the program's own memory, where it is never written as it is. */
    private static String lookFor(String secret) {
        StringBuilder shifted = new StringBuilder();
        for (char c : secret.toCharArray()) {
            shifted.append((char) (c + 1));
        }
        return String.format(
                """
                import glob, os
                table = bytes((i + 1) %% 256 for i in range(256))
                needle = b'%s'
                found = 0
                def look(data):
                    global found
                    found += data.translate(table).count(needle)
                for name in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline') + glob.glob('/etc/**', recursive=True) + glob.glob('/tmp/**', recursive=True) + glob.glob('/run/**', recursive=True):
                    try:
                        if os.path.isfile(name): look(open(name, 'rb').read())
                    except OSError: pass
                mem = open('/proc/self/mem', 'rb', 0)
                for line in open('/proc/self/maps'):
                    parts = line.split()
                    if 'r' not in parts[1] or '[v' in line: continue
                    begin, end = (int(x, 16) for x in parts[0].split('-'))
                    try:
                        mem.seek(begin); look(mem.read(end - begin))
                    except (OSError, ValueError, OverflowError): pass
                print('found', found)
                """,
                shifted);
    }

    @Test
    void whatAProgramSaysInTheHeaderIsLeftOut() throws Exception {
        String own = "GET / HTTP/1.1\r\nHost: server.test:" + origin.port()
                + "\r\nauthorization: mine\r\nAUTHORIZATION: mine\r\nX-Other: kept\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\r\n";
        assertTrue(talk(rule(), own).endsWith("path /"));
        assertEquals(List.of("Bearer " + SECRET), origin.only().values("Authorization"));
        assertEquals(List.of("kept"), origin.only().values("X-Other"));
        assertEquals(List.of(), origin.only().values("X-Hop"));
        EgressRule named = plainRule().trusting(origin.certificate()).credential(Header.of("X-Api-Key", () -> SECRET));
        assertTrue(talk(named, get("/2").replace("Connection", "X_Api_Key: mine\r\nx-api-key: mine\r\nConnection"))
                .endsWith("path /2"));
        TlsOrigin.Asked second = origin.asked.get(1);
        assertEquals(List.of(SECRET), second.values("X-Api-Key"));
        assertEquals(List.of(), second.values("X_Api_Key"));
    }

    @Test
    void otherRequestsAreRefusedByUs() throws Exception {
        EgressRule rule = rule().allowRequests("GET", "/v1/**").allowRequests("POST", "/v1/things");
        assertTrue(talk(rule, get("/v1/things")).endsWith("path /v1/things"));
        List<String> paths = List.of(
                "/",
                "/v2/things",
                "/v10",
                "/v1/../admin",
                "/v1/%2e%2e/admin",
                "/v1/.%2E/admin",
                "/v1//admin",
                "/v1/..%2fadmin",
                "/v1/..;/admin",
                "/v1/%252e%252e/admin",
                "/v1\\..\\admin",
                "/v1/%00",
                "/%76%31x/",
                "/v1/;/admin",
                "/v1/;a=b/admin",
                "/v1/%3b/admin",
                "/v1/a%3f/admin",
                "/v1/a%23/admin",
                "/v1/%c0%ae%c0%ae/admin",
                "/v1/..%20/admin");
        List<String> answers = talkAll(rule, paths.stream().map(this::get).toList());
        for (int i = 0; i < answers.size(); i++) {
            String answer = answers.get(i);
            assertTrue(answer.startsWith("HTTP/1.1 403 Forbidden\r\n"), paths.get(i) + ": " + answer);
            assertTrue(
                    answer.contains("\r\n\r\nsandjar: GET " + paths.get(i) + " is not allowed"),
                    paths.get(i) + ": " + answer);
        }
        String delete = get("/v1/things").replace("GET", "DELETE");
        assertTrue(talk(rule, delete).startsWith("HTTP/1.1 403 "));
        assertEquals(1, origin.asked.size(), "the server has had one");
        assertEquals(1, origin.connections.get(), "and was not connected to for the others");
        assertEquals(RequestEvent.Verdict.REFUSED, requests.get(1).verdict());
        assertEquals("GET / is not allowed", requests.get(1).reason());
        assertEquals(OptionalInt.of(403), requests.get(1).status());
    }

    /** Servers that know such a header do what it says instead of what the request line says. */
    @Test
    void headersThatStepAroundTheRulesAreRefused() throws Exception {
        EgressRule rule = rule().allowRequests("GET", "/v1/**");
        List<String> names = List.of(
                "X-HTTP-Method-Override",
                "x-http-method",
                "X-Method-Override",
                "X_HTTP_METHOD_OVERRIDE",
                "X-Original-URL",
                "X_Original-URL",
                "X-Original-URI",
                "X-Rewrite-URL",
                "X-Forwarded-Host",
                "X-Forwarded-Uri",
                "x_forwarded_anything",
                "Forwarded");
        List<String> answers = talkAll(
                rule,
                names.stream()
                        .map(name -> get("/v1/a").replace("Connection", name + ": DELETE\r\nConnection"))
                        .toList());
        for (int i = 0; i < answers.size(); i++) {
            assertTrue(answers.get(i).startsWith("HTTP/1.1 403 Forbidden\r\n"), names.get(i) + ": " + answers.get(i));
            assertEquals(
                    "GET /v1/a is not allowed with the header " + names.get(i)
                            + ", which may say something else to its server",
                    requests.get(i).reason());
        }
        assertEquals(List.of(), origin.asked);
        String other = get("/v1/a").replace("Connection", "X-Forward: 1\r\nConnection");
        assertTrue(talk(rule, other).endsWith("path /v1/a"), "a header of another name goes on");
        String everything = get("/b").replace("Connection", "X-Forwarded-Host: x\r\nConnection");
        assertTrue(
                talk(rule(), everything).endsWith("path /b"),
                "where all requests are allowed, nothing is stepped around");
        assertEquals(List.of("x"), origin.asked.get(1).values("X-Forwarded-Host"));
    }

    @Test
    void eachRequestOfAConnectionIsChecked() throws Exception {
        EgressRule rule = rule().allowRequests("GET", "/v1/*");
        String two = get("/v1/a").replace("Connection: close\r\n", "")
                + get("/v1/b").replace("Connection: close\r\n", "")
                + get("/admin");
        String answer = talk(rule, two);
        assertTrue(answer.contains("path /v1/a"), answer);
        assertTrue(answer.contains("path /v1/b"), answer);
        assertTrue(answer.contains("sandjar: GET /admin is not allowed"), answer);
        assertEquals(2, origin.asked.size());
        assertEquals(1, origin.connections.get());
        assertEquals(2, secretsAsked.get());
        assertEquals(1, events.size());
    }

    @Test
    void whatHasNotOneReadingReachesNobody() throws Exception {
        String port = Integer.toString(origin.port());
        List<String> all =
                AMBIGUOUS.stream().map(each -> each.replace("PORT", port)).toList();
        List<String> answers = talkAll(rule(), all);
        for (int i = 0; i < all.size(); i++) {
            assertTrue(
                    answers.get(i).matches("(?s)HTTP/1.1 (400|403|417|505) .*Connection: close\r\n\r\nsandjar: .*"),
                    all.get(i) + ": " + answers.get(i));
            assertEquals(RequestEvent.Verdict.REFUSED, requests.get(i).verdict());
        }
        assertEquals(List.of(), origin.asked);
        assertEquals(0, origin.connections.get());
        assertEquals(0, secretsAsked.get());
        assertTrue(talk(rule(), get("/")).endsWith("path /"), "the same way is open to one that has");
    }

    /** The server has a beginning of it at most, and never an end. */
    @Test
    void chunksAreStrict() throws Exception {
        String head = "POST /p HTTP/1.1\r\nHost: server.test:" + origin.port()
                + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        List<String> answers =
                talkAll(rule(), BAD_CHUNKS.stream().map(each -> head + each).toList());
        for (int i = 0; i < answers.size(); i++) {
            assertTrue(answers.get(i).startsWith("HTTP/1.1 400 "), BAD_CHUNKS.get(i) + ": " + answers.get(i));
        }
        assertEquals(List.of(), origin.asked);
        assertTrue(
                talk(rule(), head + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n").endsWith("path /p"));
        assertArrayEquals(
                "abc0123456789".getBytes(StandardCharsets.US_ASCII),
                origin.only().body());
    }

    @Test
    void answersAreStrictToo() throws Exception {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < BAD_ANSWERS.size(); i++) {
            answer("/" + i, BAD_ANSWERS.get(i));
            all.add(get("/" + i));
        }
        List<String> answers = talkAll(rule(), all);
        for (int i = 0; i < answers.size(); i++) {
            String got = answers.get(i);
            assertTrue(got.startsWith("HTTP/1.1 502 Bad Gateway\r\n"), BAD_ANSWERS.get(i) + ": " + got);
            assertFalse(got.contains("nonsense"), got);
            assertEquals(RequestEvent.Verdict.FAILED, requests.get(i).verdict());
            assertEquals(ConnectionEvent.Verdict.BROKEN, events.get(i).verdict());
        }
    }

    @Test
    void answersArePassedOnAsTheyAre() throws Exception {
        answer(
                "/chunks",
                "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX: y\r\nAlt-Svc: h3\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        answer("/end", "HTTP/1.1 200 OK\r\n\r\nuntil the end");
        answer("/announced", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno");
        answer("/nothing", "HTTP/1.1 204 None\r\n\r\n");
        String chunks = talk(rule(), get("/chunks"));
        assertTrue(chunks.startsWith("HTTP/1.1 200 Fine\r\nX: y\r\nTransfer-Encoding: chunked\r\n"), chunks);
        assertFalse(chunks.contains("Alt-Svc"), chunks);
        assertTrue(chunks.endsWith("\r\n0\r\n\r\n") || chunks.endsWith("0"), chunks);
        assertTrue(talk(rule(), get("/end")).endsWith("\r\n\r\nuntil the end"));
        String announced = talk(rule(), get("/announced"));
        assertTrue(announced.startsWith("HTTP/1.1 404 No\r\n") && announced.endsWith("no"), announced);
        assertTrue(talk(rule(), get("/nothing")).startsWith("HTTP/1.1 204 None\r\n"));
        String head = talk(rule(), get("/h").replace("GET", "HEAD"));
        assertTrue(head.contains("Content-Length: 7"), head);
        assertEquals(
                5,
                requests.stream()
                        .filter(each -> each.verdict() == RequestEvent.Verdict.PASSED)
                        .count());
    }

    private void answer(String path, String text) {
        origin.answers.put(path, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whose answer would be complete without its trailers, so that it must not look so. */
    @Test
    void anAnswerThatBreaksOffHasNoEnd() throws Exception {
        answer("/t", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n");
        String got = talk(rule(), get("/t"));
        assertTrue(got.contains("abc") && !got.contains("\r\n0\r\n"), got);
        assertEquals(RequestEvent.Verdict.FAILED, request().verdict());
        assertEquals(
                "the body of its answer has trailers, which are not passed on",
                request().reason());
    }

    @Test
    void aServerMayAnswerBeforeItHasAll() throws Exception {
        answer("/full", "HTTP/1.1 413 Full\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull");
        origin.hasty.add("/full");
        String program = "print(talk(b'POST /full HTTP/1.1\\r\\nHost: server.test:" + origin.port()
                + "\\r\\nContent-Length: 8000000\\r\\n\\r\\n' + b'x' * 2000000))";
        String got = raw(sandbox(rule()), program);
        assertTrue(got.startsWith("HTTP/1.1 413 Full"), got + requests + events);
    }

    @Test
    @NeedsHost(Feature.CURL)
    void largeBodiesArriveAsTheyAre() throws Exception {
        byte[] large = new byte[5_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 + i / 257);
        }
        byte[] head =
                ("HTTP/1.1 200 OK\r\nContent-Length: " + large.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + large.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(large, 0, all, head.length, large.length);
        origin.answers.put("/large", all);
        Sandbox sandbox = sandbox(rule());
        String script = "set -e; cd /tmp; curl -sS --max-time 60 -o a " + url("/large")
                + "; curl -sS --max-time 60 -T a " + url("/put") // with Expect: 100-continue and a length
                + " >/dev/null; curl -sS --max-time 60 -T - " + url("/chunks") + " <a >/dev/null; wc -c <a";
        assertEquals("5000000", Guest.sh(sandbox, script));
        assertArrayEquals(large, origin.asked.get(1).body());
        assertArrayEquals(large, origin.asked.get(2).body());
        assertEquals(List.of("chunked"), origin.asked.get(2).values("Transfer-Encoding"));
        assertEquals(List.of(), origin.asked.get(1).values("Expect"));
    }

    @Test
    void aServerThatIsNotTheHostIsRefused() throws Exception {
        EgressRule untrusted = plainRule().credential(Header.bearer(this::secret));
        String got = talk(untrusted, get("/"));
        assertTrue(got.startsWith("HTTP/1.1 502 Bad Gateway\r\n"), got);
        assertFalse(got.contains("PKIX") || got.contains("127.0.0.1"), got);
        assertEquals(0, secretsAsked.get());
        assertEquals(List.of(), origin.asked);
        assertEquals(ConnectionEvent.Verdict.UNREACHABLE, events.get(0).verdict());
        assertTrue(events.get(0).reason().startsWith("its TLS is not accepted: "), events::toString);
        assertTrue(talk(rule(), get("/")).endsWith("path /"), "trusted, it is reached");
    }

    @Test
    void aCertificateForAnotherNameIsRefused() throws Exception {
        try (TlsOrigin other = TlsOrigin.open(directory, "other.test")) {
            hosts.with("other.test", "127.0.0.1");
            EgressRule wrong = EgressRule.allow("server.test", other.port())
                    .withAddresses(Hosts.LOOPBACK)
                    .trusting(other.certificate())
                    .credential(Header.bearer(this::secret));
            String program = String.format(RAW, other.port()) + "print(talk(b'GET / HTTP/1.1\\r\\nHost: server.test:"
                    + other.port() + "\\r\\n\\r\\n'))";
            String got = Guest.python(sandbox(wrong), program);
            assertTrue(got.startsWith("HTTP/1.1 502 "), got);
            assertEquals(0, secretsAsked.get());
            assertEquals(List.of(), other.asked);
        }
    }

    @Test
    void whoIsNotThereIsSaid() throws Exception {
        int port = origin.port();
        origin.close();
        String got = talk(rule(), get("/"));
        assertTrue(got.startsWith("HTTP/1.1 502 ") && got.contains("sandjar: server.test is not reached"), got);
        assertEquals(ConnectionEvent.Verdict.UNREACHABLE, events.get(0).verdict());
        assertTrue(events.get(0).reason().contains("ECONNREFUSED"), events::toString);
        assertEquals(port, events.get(0).address().orElseThrow().getPort());
    }

    @Test
    void anotherSandboxTrustsAnotherAuthority() throws Exception {
        Sandbox one = sandbox(rule());
        Sandbox other = sandbox(rule());
        String ofOne = Guest.sh(one, "cat /etc/sandjar/ca.pem");
        assertTrue(ofOne.startsWith("-----BEGIN CERTIFICATE-----"), ofOne);
        assertFalse(ofOne.equals(Guest.sh(other, "cat /etc/sandjar/ca.pem")));
        assertEquals(ofOne, Guest.sh(one, "cat /etc/sandjar/ca.pem"), "one sandbox has one");
        String trusting = "import ssl\npem = %s\nc = ssl.create_default_context(cadata=pem)\nimport socket\n"
                + "s = socket.create_connection(('server.test', " + origin.port() + "), 30)\n"
                + "try: c.wrap_socket(s, server_hostname='server.test'); print('trusted')\n"
                + "except ssl.SSLCertVerificationError as e: print('not trusted')\n";
        String program = String.format(trusting, "'''" + ofOne + "\n'''");
        assertEquals("trusted", Guest.python(one, program));
        assertEquals("not trusted", Guest.python(other, program));
        assertEquals(0, Guest.sh(one, "grep -l PRIVATE /etc/sandjar/* || true").length(), "a key is inside");
    }

    @Test
    void whatIsNotHttpInTlsIsRefused() throws Exception {
        String plain = "import socket\ns = socket.create_connection(('server.test', " + origin.port() + "), 30)\n"
                + "s.sendall(b'GET / HTTP/1.1\\r\\nHost: server.test:" + origin.port() + "\\r\\n\\r\\n')\n"
                + "print(b''.join(iter(lambda: s.recv(1000), b'')).decode())\n";
        String answer = Guest.python(sandbox(rule()), plain);
        assertTrue(answer.startsWith("HTTP/1.1 403 Forbidden"), answer);
        assertTrue(answer.contains("ask for https://server.test"), answer);
        assertEquals("its rule is for HTTP in TLS alone", events.get(0).reason());
        String garbage = plain.replace("GET / HTTP/1.1", "get / HTTP/1.1").replace("print(b", "try: print(b")
                + "except ConnectionResetError: print('reset')\n";
        assertEquals("reset", Guest.python(sandbox(rule()), garbage));
        String two = "import socket, ssl\nc = ssl.create_default_context()\nc.set_alpn_protocols(%s)\n"
                + "s = socket.create_connection(('server.test', " + origin.port() + "), 30)\n"
                + "try: print(c.wrap_socket(s, server_hostname='server.test').selected_alpn_protocol())\n"
                + "except (ssl.SSLError, OSError): print('refused')\n";
        assertEquals("refused", Guest.python(sandbox(rule()), String.format(two, "['h2']")));
        assertEquals("http/1.1", Guest.python(sandbox(rule()), String.format(two, "['h2', 'http/1.1']")));
    }

    @Test
    void proxiesLeadToTheSame() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().network(network(rule()).withProxies()).build();
        String program =
                """
                import os, socket, ssl
                at = os.environ['https_proxy'].split('//')[1].split(':')
                def through(text):
                    s = socket.create_connection((at[0], int(at[1])), 30)
                    s.sendall(text)
                    return s
                s = through(b'CONNECT server.test:%1$d HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\n\\r\\n')
                s.recv(1000)
                t = ssl.create_default_context().wrap_socket(s, server_hostname='server.test')
                t.sendall(b'GET /p HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\nConnection: close\\r\\n\\r\\n')
                got = b''
                while True:
                    more = t.recv(1000)
                    if not more: break
                    got += more
                print(got.split(b'\\r\\n\\r\\n')[1].decode())
                s = through(b'GET http://server.test:%1$d/ HTTP/1.1\\r\\nHost: server.test:%1$d\\r\\n\\r\\n')
                print(s.recv(1000).split(b'\\r\\n')[0].decode())
                """;
        assertEquals("path /p\nHTTP/1.1 403 Forbidden", Guest.python(sandbox, String.format(program, origin.port())));
        assertEquals(List.of("Bearer " + SECRET), origin.only().values("Authorization"));
    }

    @Test
    void aSupplierThatFailsGivesNothingAway() throws Exception {
        for (Header header : List.of(
                Header.bearer(() -> {
                    throw new IllegalStateException("can't read " + SECRET);
                }),
                Header.bearer(() -> SECRET + "\r\nX: 1"),
                Header.bearer(() -> SECRET + "\u0430"))) {
            String got = talk(plainRule().trusting(origin.certificate()).credential(header), get("/"));
            assertTrue(got.startsWith("HTTP/1.1 502 "), got);
            assertFalse((got + events + requests).contains(SECRET), "it is told");
        }
        assertEquals(List.of(), origin.asked);
        assertTrue(requests.get(0).reason().startsWith("the supplier of Authorization has failed"), requests::toString);
    }

    @Test
    void slowHeadsAndIdleConnectionsAreBounded() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .network(network(rule()).bounds(b -> b.firstBytes(Duration.ofMillis(1500))))
                .build();
        String slow =
                """
                import time
                s = socket.create_connection(('server.test', %d), 30)
                s = ssl.create_default_context().wrap_socket(s, server_hostname='server.test')
                begun = time.monotonic()
                try:
                    for c in b'GET / HTTP/1.1\\r\\nX: ' + b'x' * 1000:
                        s.sendall(bytes([c])); s.settimeout(0.1)
                        try:
                            if s.recv(1000): break
                        except TimeoutError: pass
                except OSError: pass
                print(1 < time.monotonic() - begun < 20)
                """;
        assertEquals("True", raw(sandbox, String.format(slow, origin.port())));
        assertEquals(OptionalInt.of(408), request().status());
        String large = "print(talk(b'GET / HTTP/1.1\\r\\n' + b'X: y\\r\\n' * 20000)[:12])";
        assertEquals("HTTP/1.1 431", raw(sandbox, large));
        String many = "print(talk(b'GET / HTTP/1.1\\r\\nHost: server.test:" + origin.port()
                + "\\r\\n' + b'X: y\\r\\n' * 300 + b'\\r\\n')[:12])";
        assertEquals("HTTP/1.1 431", raw(sandbox, many));
    }

    @Test
    @NeedsHost(Feature.CURL)
    void otherHostsStayOffTheJvm() throws Exception {
        try (TlsOrigin other = TlsOrigin.open(directory, "other.test")) {
            hosts.with("other.test", "127.0.0.1");
            Sandbox sandbox = Sandbox.untrusted()
                    .network(network(rule())
                            .with(EgressRule.allow("other.test", other.port()).withAddresses(Hosts.LOOPBACK)))
                    .build();
            String at = "https://other.test:" + other.port() + "/o";
            assertEquals(
                    "60",
                    Guest.sh(sandbox, "curl -sS --max-time 30 " + at + " 2>/dev/null; echo $?"),
                    "its own certificate");
            assertEquals("path /o", Guest.sh(sandbox, "curl -sS -k --max-time 30 " + at));
            assertEquals(List.of(), other.only().values("Authorization"));
            assertEquals(List.of(), requests);
        }
    }

    @Test
    void explainSaysWhoseTlsEnds() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .env("CURL_CA_BUNDLE", "/mine.pem")
                .network(network(rule().allowRequests("GET", "/v1/**")))
                .build();
        String text = sandbox.explain().entries().toString();
        assertTrue(text.contains("this JVM ends TLS and reads requests"), text);
        assertTrue(text.contains("outside it puts in Authorization"), text);
        assertTrue(text.contains("certificate authority of the sandbox"), text);
        assertTrue(text.contains("SSL_CERT_FILE, GIT_SSL_CAINFO"), text);
        assertTrue(text.contains("the sandbox sets CURL_CA_BUNDLE itself"), text);
        assertEquals("/mine.pem", Guest.sh(sandbox, "echo $CURL_CA_BUNDLE"));
        assertEquals("/etc/sandjar/ca-bundle.pem", Guest.sh(sandbox, "echo $SSL_CERT_FILE"));
        RunResult own =
                sandbox.run(Command.of("/bin/sh", "-c", "echo $PIP_CERT").env("PIP_CERT", "/p.pem"));
        assertEquals("/p.pem\n", own.stdout());
    }

    private static String refusal(Sandbox sandbox) {
        return assertThrows(SandboxException.class, () -> sandbox.run("/bin/true"))
                .getMessage();
    }

    @Test
    void withoutAPlaceForTheFilesNothingStarts() {
        String hidden = refusal(Sandbox.untrusted()
                .tmpfs("/etc/sandjar", DataSize.mebibytes(1))
                .network(network(rule()))
                .build());
        assertTrue(hidden.contains("what is put at /etc/sandjar hides its files"), hidden);
        String hosts = refusal(Sandbox.builder()
                .mountNamespace()
                .userNamespace()
                .network(network(rule()))
                .build());
        assertTrue(hosts.contains("/etc"), hosts);
    }

    @Test
    void nothingIsLeftOpenOutside() throws Exception {
        UnaryOperator<String> program = path -> "s = socket.create_connection(('server.test', " + origin.port()
                + "), 30)\ns = ssl.create_default_context().wrap_socket(s, server_hostname='server.test')\ns.sendall("
                + bytes("GET " + path + " HTTP/1.1\r\nHost: server.test:" + origin.port() + "\r\n\r\n")
                + ")\ns.recv(10)\nimport os\nos._exit(0)\n";
        Sandbox sandbox = Sandbox.untrusted().warm(0).network(network(rule())).build();
        for (int i = 0; i < 4; i++) { // until templates are there
            raw(sandbox, program.apply("/" + i));
        }
        long before = descriptors();
        for (int i = 0; i < 5; i++) {
            raw(sandbox, program.apply("/" + i));
        }
        assertTrue(
                Await.within(Duration.ofSeconds(20), () -> descriptors() <= before),
                () -> "descriptors are left: " + descriptors() + ", before " + before);
    }

    private static long descriptors() {
        String[] names = new File("/proc/self/fd").list();
        return names == null ? 0 : names.length;
    }
}
