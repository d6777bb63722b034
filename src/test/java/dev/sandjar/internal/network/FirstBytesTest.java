package dev.sandjar.internal.network;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.network.EgressRule;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What first bytes say, of whoever sends them; each refusal beside bytes that differ from it in one thing. */
class FirstBytesTest {
    private static final String NAME = "repo.example.org";

    private static Target target(int port) {
        return new Target(EgressRule.allow(NAME, port), NAME, null, port);
    }

    private static FirstBytes of(byte[] bytes) {
        return FirstBytes.of(bytes, target(443));
    }

    private static FirstBytes of(String text) {
        return FirstBytes.of(text.getBytes(ISO_8859_1), target(80));
    }

    private static void assertRight(FirstBytes said) {
        assertEquals(FirstBytes.right(), said);
    }

    private static void assertWrong(FirstBytes said) {
        assertEquals(FirstBytes.Kind.WRONG, said.kind());
        assertTrue(!said.wrong().isEmpty());
    }

    /** As the JDK says it. */
    static byte[] hello(String name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        if (!name.isEmpty()) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            engine.setSSLParameters(parameters);
        }
        ByteBuffer out = ByteBuffer.allocate(32_768);
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** The message in as many records as it has parts of so many bytes. */
    private static byte[] inRecords(byte[] hello, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 5; at < hello.length; at += size) {
            int length = Math.min(size, hello.length - at);
            out.writeBytes(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length});
            out.write(hello, at, length);
        }
        return out.toByteArray();
    }

    private static byte[] extended(byte[] hello, int type, byte[] body) {
        int message = ByteBuffer.wrap(hello, 6, 3).get() << 16 | (hello[7] & 0xff) << 8 | hello[8] & 0xff;
        int at = 5 + 4 + 34;
        at += 1 + hello[at];
        at += 2 + ((hello[at] & 0xff) << 8 | hello[at + 1] & 0xff);
        at += 1 + hello[at];
        int extensions = (hello[at] & 0xff) << 8 | hello[at + 1] & 0xff;
        int more = 4 + body.length;
        ByteBuffer out = ByteBuffer.allocate(hello.length + more);
        out.put(hello);
        out.putShort((short) type).putShort((short) body.length).put(body);
        out.putShort(3, (short) (message + 4 + more));
        out.put(6, (byte) (message + more >> 16)).putShort(7, (short) (message + more));
        out.putShort(at, (short) (extensions + more));
        return out.array();
    }

    /** A guest may choose every byte of it, and the host's processors are not the guest's. */
    @Test
    void aLineOfBlanksTakesNoLongerThanAnother() {
        String blanks = " \t".repeat(8_000);
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            assertWrong(of("GET / HTTP/1.1\r\nHost: " + NAME + "\r\na:" + blanks + "\u0001\r\n\r\n"));
            assertWrong(of("GET / HTTP/1.1\r\nHost: " + NAME + "\r\n" + "a".repeat(16_000) + "\u0001\r\n\r\n"));
            assertRight(of("GET / HTTP/1.1\r\nHost:" + blanks + NAME + blanks + "\r\na:" + blanks + "\r\n\r\n"));
        });
    }

    /** It is shown again with each record that has come. */
    @Test
    void aHelloInThousandsOfRecordsIsNotCopiedForEachOfThem() {
        byte[] all = new byte[FirstBytes.MAX];
        for (int at = 0, i = 0; at + 6 <= all.length; at += 6, i++) {
            byte of = i == 0 ? (byte) 1 : i == 2 ? (byte) 0x20 : 0; // a hello of 8 KiB
            System.arraycopy(new byte[] {22, 3, 1, 0, 1, of}, 0, all, at, 6);
        }
        com.sun.management.ThreadMXBean thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getThreadAllocatedBytes(Thread.currentThread().getId());
        FirstBytes said = FirstBytes.more(5);
        int times = 0;
        for (; said.kind() == FirstBytes.Kind.MORE; times++) {
            said = of(Arrays.copyOf(all, said.least()));
        }
        long allocated = thread.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertWrong(said);
        assertTrue(times > 5_000, times + " times");
        assertTrue(allocated < 1L << 30, allocated + " bytes");
    }

    @Test
    void tlsForTheNameIsRight() throws Exception {
        assertRight(of(hello(NAME)));
        assertRight(of(hello("REPO.Example.ORG")));
        assertRight(of(extended(hello(NAME), 0x1234, new byte[9])));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example.org",
                "evilrepo.example.org",
                "repo.example.org.evil.com",
                "example.org",
                "xn--repo-x.example.org"
            })
    void tlsForAnotherNameIsWrong(String other) throws Exception {
        FirstBytes said = of(hello(other));
        assertWrong(said);
        assertTrue(said.wrong().contains(other), said.wrong());
    }

    @Test
    void tlsWithoutANameIsWrong() throws Exception {
        assertEquals("its TLS names no server", of(hello("")).wrong());
    }

    @Test
    void tlsWithAnEncryptedNameIsWrong() throws Exception {
        assertWrong(of(extended(hello(NAME), 0xfe0d, new byte[20])));
        assertWrong(of(extended(hello(NAME), 0xffce, new byte[20])));
    }

    @Test
    void twoNamesAreWrong() throws Exception {
        byte[] name = NAME.getBytes(ISO_8859_1);
        ByteBuffer list = ByteBuffer.allocate(5 + name.length);
        list.putShort((short) (3 + name.length))
                .put((byte) 0)
                .putShort((short) name.length)
                .put(name);
        assertRight(of(extended(hello(""), 0, list.array())));
        assertWrong(of(extended(hello(NAME), 0, list.array())));
        ByteBuffer twice = ByteBuffer.allocate(2 + 2 * (3 + name.length));
        twice.putShort((short) (2 * (3 + name.length)));
        for (int i = 0; i < 2; i++) {
            twice.put((byte) 0).putShort((short) name.length).put(name);
        }
        assertWrong(of(extended(hello(""), 0, twice.array())));
    }

    @Test
    void aHelloMayComeInPieces() throws Exception {
        byte[] hello = hello(NAME);
        for (byte[] bytes : List.of(hello, inRecords(hello, 40), inRecords(hello, 1))) {
            FirstBytes said = of(new byte[0]);
            int rounds = 0;
            for (int have = 0; said.kind() == FirstBytes.Kind.MORE; rounds++) {
                assertTrue(said.least() > have && said.least() <= bytes.length, said::toString);
                have = said.least();
                said = of(Arrays.copyOf(bytes, have));
            }
            assertRight(said);
            assertTrue(bytes != hello || rounds <= 3, "rounds " + rounds);
        }
    }

    @Test
    void aHelloThatIsTooLongIsWrong() throws Exception {
        assertRight(of(extended(hello(NAME), 21, new byte[10_000])));
        assertWrong(of(Arrays.copyOf(extended(hello(NAME), 21, new byte[20_000]), FirstBytes.MAX)));
        assertWrong(of(Arrays.copyOf(inRecords(extended(hello(NAME), 21, new byte[20_000]), 8_000), FirstBytes.MAX)));
    }

    /** Every length and every flipped byte: it is read to an end, and none is taken for another name. */
    @Test
    void damageIsNeverMoreThanRefused() throws Exception {
        byte[] other = hello("evil.example.org");
        for (int i = 0; i < other.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = other.clone();
                damaged[i] ^= (byte) (1 << bit);
                assertTrue(of(damaged).kind() != FirstBytes.Kind.RIGHT);
            }
            assertEquals(FirstBytes.Kind.MORE, of(Arrays.copyOf(other, i)).kind());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\r\nhOSt:Repo.Example.ORG  \r\nAccept: */*\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: repo.example.org:80\r\n\r\n",
                "GET http://repo.example.org/a?b HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "POST /x HTTP/1.1\r\nHost: repo.example.org\r\nContent-Length: 3\r\n\r\nabc",
                "GET / HTTP/1.1\r\nUser-Agent: \u00e4\r\nHost: repo.example.org\r\nUpgrade: h2c\r\n\r\n"
            })
    void aRequestForTheNameIsRight(String request) {
        assertRight(of(request));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: evil.org\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: repo.example.org.\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: repo.example.org:81\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: repo.example.org@evil.org\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: evil.org, repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
                "GET / HTTP/1.1\r\nHost:\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: repo.example.org\r\nHost: repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: repo.example.org\r\nhost: evil.org\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\r\n Host: evil.org\r\nHost: repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\nHost: evil.org\n\r\nHost: repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\nHost: evil.org\r\nHost: repo.example.org\r\n\r\n",
                "GET / HTTP/1.1\r\nX: a\0b\r\nHost: repo.example.org\r\n\r\n",
                "GET http://evil.org/ HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "GET http://repo.example.org@evil.org/ HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "GET https://repo.example.org/ HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "CONNECT repo.example.org:80 HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "GET / HTTP/2.0\r\nHost: repo.example.org\r\n\r\n",
                "GET /  HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "get / HTTP/1.1\r\nHost: repo.example.org\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: repo.example.org\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "\u0000\u0001\u0002",
                " GET / HTTP/1.1\r\nHost: repo.example.org\r\n\r\n"
            })
    void otherRequestsAreWrong(String request) {
        FirstBytes said = of(request);
        assertTrue(
                said.kind() == FirstBytes.Kind.WRONG || request.startsWith("SSH"),
                "taken for right or unfinished: " + request);
    }

    @Test
    void aRequestMayComeInPieces() {
        String request = "GET / HTTP/1.1\r\nHost: repo.example.org\r\n\r\n";
        for (int i = 0; i < request.length(); i++) {
            FirstBytes said = of(request.substring(0, i));
            assertEquals(FirstBytes.Kind.MORE, said.kind());
            assertEquals(i + 1, said.least());
        }
        String endless = "GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(3000);
        assertWrong(of(endless.substring(0, FirstBytes.MAX)));
    }

    /** Clients name no server then (RFC 6066, section 3). */
    @Test
    void whoDialsAnAddressSaysSo() throws Exception {
        Target four =
                new Target(EgressRule.allowAddress("203.0.113.7", 80), "", InetAddress.getByName("203.0.113.7"), 80);
        Target six =
                new Target(EgressRule.allowAddress("2001:db8::7", 80), "", InetAddress.getByName("2001:db8::7"), 80);
        assertRight(FirstBytes.of(hello(""), four));
        assertWrong(FirstBytes.of(hello(NAME), four));
        String request = "GET / HTTP/1.1\r\nHost: %s\r\n\r\n";
        for (String host : List.of("203.0.113.7", "203.0.113.7:80")) {
            assertRight(FirstBytes.of(String.format(request, host).getBytes(ISO_8859_1), four));
            assertWrong(FirstBytes.of(String.format(request, host).getBytes(ISO_8859_1), six));
        }
        for (String host : List.of("[2001:db8::7]", "[2001:DB8:0::7]:80")) {
            assertRight(FirstBytes.of(String.format(request, host).getBytes(ISO_8859_1), six));
            assertWrong(FirstBytes.of(String.format(request, host).getBytes(ISO_8859_1), four));
        }
        for (String host : List.of(
                NAME, "203.0.113.8", "203.0.113.7:81", "[::ffff:203.0.113.7]", "3405803783", "203.0.113.7.", "[]")) {
            assertWrong(FirstBytes.of(String.format(request, host).getBytes(ISO_8859_1), four));
        }
    }
}
