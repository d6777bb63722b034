package dev.sandjar.internal.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers as servers send them, and as hostile ones do. */
class HttpHeadTest {
    private static InputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static HttpHead head(InputStream in) throws IOException {
        return HttpHead.read(in, Long.MAX_VALUE);
    }

    private static String body(String answer) throws IOException {
        InputStream in = in(answer);
        return new String(head(in).body(in).readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void fieldsHaveNamesInAnyCase() throws IOException {
        HttpHead head = head(in("HTTP/1.1 200 OK\r\nContent-LENGTH:  3 \r\nX: a\r\nx:b\r\n\r\nabc"));
        assertEquals(200, head.status());
        assertEquals(List.of("3"), HttpAnswer.headers(head.fields(), "Content-Length"));
        assertEquals(List.of("a", "b"), HttpAnswer.headers(head.fields(), "X"));
        assertTrue(head.keepsConnection());
        assertFalse(head(in("HTTP/1.1 200\r\nConnection: Close\r\n\r\n")).keepsConnection());
        assertFalse(head(in("HTTP/1.0 200\r\n\r\n")).keepsConnection());
    }

    @Test
    void bodiesEndWhereTheySay() throws IOException {
        assertEquals("abc", body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 500"));
        assertEquals("abcde", body("HTTP/1.1 200 OK\r\n\r\nabcde"));
        assertEquals("", body("HTTP/1.1 204 No\r\n\r\nabcde"));
        String chunked =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\nrest";
        assertEquals("abc0123456789", body(chunked));
        InputStream in = in(chunked);
        Body body = head(in).body(in);
        body.readAllBytes();
        assertTrue(body.isComplete());
        assertArrayEquals("rest".getBytes(StandardCharsets.US_ASCII), in.readAllBytes());
    }

    @Test
    void whatComesBeforeIsSkipped() throws IOException {
        assertEquals(
                "x",
                body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx"));
        assertThrows(
                IOException.class, () -> body("HTTP/1.1 100 Continue\r\n\r\n".repeat(20) + "HTTP/1.1 200 OK\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nname : value\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabcd",
            })
    void whatIsNotClearIsRefused(String answer) {
        assertThrows(IOException.class, () -> body(answer));
    }

    @Test
    void whatIsWithoutEndIsRefused() {
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(1000) + "\r\n"));
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\na: " + "b".repeat(100_000) + "\r\n\r\n"));
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assertThrows(IOException.class, () -> body(chunked + "1;" + "x".repeat(100_000) + "\r\na\r\n0\r\n\r\n"));
        assertThrows(IOException.class, () -> body(chunked + "0\r\n" + "a: b\r\n".repeat(1000) + "\r\n"));
    }

    @Test
    void whatBreaksOffIsTold() {
        for (String answer : List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) {
            EOFException e = assertThrows(EOFException.class, () -> body(answer));
            assertTrue(e.getMessage().startsWith("the answer breaks off after 3"), e.getMessage());
        }
        assertThrows(EOFException.class, () -> body("HTTP/1.1 200 OK\r\nConte"));
        assertThrows(HttpHead.Closed.class, () -> body(""));
    }

    /** Each byte in time is not enough for a head. */
    @Test
    void aHeadHasToComeInTime() {
        assertThrows(SocketTimeoutException.class, () -> HttpHead.read(in("HTTP/1.1 200 OK\r\n\r\n"), -1));
    }

    @Test
    void nothingIsAddedToARequest() {
        assertThrows(IllegalArgumentException.class, () -> HttpConnection.field(new StringBuilder(), "A", "b\r\nC: d"));
    }
}
