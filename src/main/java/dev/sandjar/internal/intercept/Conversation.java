package dev.sandjar.internal.intercept;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.network.HandedConnection;
import dev.sandjar.internal.network.RequestHead;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.RequestEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a program inside: its TLS ends here, each request is checked, and passed on by one to the host. One thread, and a second
 * while a request has a body, which a server may answer before it has all of it.
 */
final class Conversation {
    private static final int HEAD_MAX = 64 * 1024;
    /** Between requests. */
    private static final Duration IDLE = Duration.ofMinutes(1);
    /** Of a body, and of what a program does not read. */
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private static final Duration SLOW_READER = Duration.ofMinutes(10);
    /** For the rest of a body that was answered before it was there, and for what is said last to be taken. */
    private static final Duration REST = Duration.ofSeconds(2);

    /** For a program that goes on sending after its last answer to come upon that. */
    private static final Duration LINGERING = Duration.ofSeconds(10);

    private static final byte[] GO_ON = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Kernel kernel;
    private final HandedConnection connection;
    private final DescriptorSocket raw;
    private final SSLSocket tls;
    private final SSLSocketFactory toHost;
    private final Duration forHead;
    private final Consumer<RequestEvent> events;

    private @Nullable Incoming in;
    private @Nullable OutputStream out;
    private @Nullable Upstream upstream;
    /** Also read by who aborts. */
    private volatile @Nullable DescriptorSocket outside;

    private volatile boolean aborted;

    /** Where a request stands. */
    private static final class Turn {
        final long begun = System.nanoTime();
        String method = "";
        String path = "";
        OptionalInt status = OptionalInt.empty();
        /** Whether a part of the server's answer was passed on. */
        boolean answered;
        /** Whether the server has no further one. */
        boolean closes;
    }

    /**
     * @param inside the server's end of the program's TLS
     * @param toHost makes TLS to the host
     * @param forHead how long the head of a request may take
     * @param events is given one for each request
     */
    Conversation(
            Kernel kernel,
            HandedConnection connection,
            DescriptorSocket raw,
            SSLContext inside,
            SSLSocketFactory toHost,
            Duration forHead,
            Consumer<RequestEvent> events)
            throws IOException {
        this.kernel = kernel;
        this.connection = connection;
        this.raw = raw;
        this.tls = (SSLSocket) inside.getSocketFactory().createSocket(raw, null, true);
        this.toHost = toHost;
        this.forHead = forHead;
        this.events = events;
    }

    /** Ends it; from any thread. */
    void abort() {
        aborted = true;
        raw.abort();
        DescriptorSocket other = outside;
        if (other != null) {
            other.abort();
        }
    }

    void run() {
        try {
            if (greet()) {
                while (goesOn()) {
                    raw.patience(SLOW_READER);
                }
            }
            endGently();
        } catch (IOException e) {
            if (!connection.isComplete()) {
                connection.cameTo(ConnectionEvent.Verdict.BROKEN, "the program inside broke off: " + e.getMessage());
            }
        } finally {
            raw.close();
            Upstream opened = upstream;
            if (opened != null) {
                opened.close();
            }
        }
    }

    private boolean greet() {
        try {
            raw.within(forHead);
            InnerTls.greet(tls);
            in = new Incoming(tls.getInputStream(), e -> e);
            out = tls.getOutputStream();
            return true;
        } catch (IOException e) {
            connection.cameTo(
                    ConnectionEvent.Verdict.BROKEN,
                    "TLS with the program inside has failed, which may not trust the sandbox's authority: "
                            + e.getMessage());
            return false;
        }
    }

    /** One request. Whether another may follow. */
    private boolean goesOn() throws IOException {
        Incoming from = Objects.requireNonNull(in);
        raw.within(IDLE);
        try {
            if (!from.hasMore()) {
                return false;
            }
        } catch (SocketTimeoutException e) {
            return false;
        }
        connection.complete(false);
        raw.within(forHead);
        Turn turn = new Turn();
        try {
            boolean more = request(from, turn);
            // The relay, which tells of the end, may come upon it before this thread does.
            connection.complete(true);
            tell(turn, RequestEvent.Verdict.PASSED, "");
            return more;
        } catch (Refused e) {
            refuse(turn, e);
        } catch (ServerFailed e) {
            fail(turn, e);
        } catch (SocketTimeoutException e) {
            if (turn.answered) {
                tell(turn, RequestEvent.Verdict.FAILED, "the program inside took too long");
                throw e;
            }
            refuse(turn, new Refused(408, "its request did not come in time"));
        } catch (IOException e) {
            tell(turn, RequestEvent.Verdict.FAILED, "the program inside broke off: " + e.getMessage());
            throw e;
        }
        return false;
    }

    private boolean request(Incoming from, Turn turn) throws IOException {
        byte[] bytes = from.head(HEAD_MAX);
        raw.withinAnyTime();
        if (bytes == null) {
            throw new Refused(431, "its request has more than " + HEAD_MAX + " bytes before the body");
        }
        RequestHead head;
        try {
            head = RequestHead.whole(bytes);
        } catch (IllegalArgumentException e) {
            throw new Refused(400, String.valueOf(e.getMessage()));
        }
        turn.method = head.method();
        turn.path = Paths.withoutQuery(head.path());
        Request request = Request.of(head, connection);
        Upstream server = server();
        byte[] text = request.head(connection);
        server.write(text, 0, text.length);
        if (request.waits()) {
            say(GO_ON);
        }
        CompletableFuture<@Nullable IOException> body = send(request.framing(), from, server);
        boolean more;
        try {
            more = answer(request, server, turn);
        } catch (ServerFailed e) {
            // Where the body was at fault, it has ended the connection to the server.
            IOException cause = body.isDone() ? body.join() : null;
            throw cause == null || cause instanceof ServerFailed || turn.answered ? e : cause;
        } catch (IOException e) {
            server.abort();
            throw e;
        }
        boolean good = rest(body, server);
        if (turn.closes) {
            server.close();
            upstream = null;
        }
        return good && more;
    }

    private Upstream server() throws IOException {
        Upstream known = upstream;
        if (known != null && known.isIdle()) {
            return known;
        } else if (known != null) {
            known.close();
        }
        upstream = null;
        Upstream made = Upstream.connect(kernel, connection, toHost, opened -> {
            outside = opened;
            if (aborted) {
                opened.abort();
            }
        });
        upstream = made;
        return made;
    }

    /** On another thread, since the answer may come before its end. What has failed, or null. */
    private CompletableFuture<@Nullable IOException> send(Framing framing, Incoming from, Upstream server) {
        if (framing.kind() == Framing.Kind.NONE) {
            return CompletableFuture.completedFuture(null);
        }
        raw.patience(SILENCE);
        CompletableFuture<@Nullable IOException> sent = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                framing.copy(from, server.body(), why -> new Refused(400, why));
                sent.complete(null);
            } catch (ServerFailed e) {
                sent.complete(e); // the server may have said why before
            } catch (IOException e) {
                sent.complete(e);
                server.abort();
            } finally {
                sent.complete(new IOException("its body was not sent"));
            }
        });
        return sent;
    }

    /** Whether nothing is in the way of another request. */
    private boolean rest(CompletableFuture<@Nullable IOException> body, Upstream server) {
        IOException late = new IOException("it was answered before its end");
        boolean good = IoThreads.orAfter(body, late, REST).join() == null;
        if (!good) {
            server.abort();
        }
        return good;
    }

    private boolean answer(Request request, Upstream server, Turn turn) throws IOException {
        Reply reply = Reply.read(server.in(), request);
        boolean last = request.closes() || reply.framing().kind() == Framing.Kind.UNTIL_END;
        turn.status = OptionalInt.of(reply.status());
        turn.answered = true;
        say(reply.head(last));
        reply.framing()
                .copy(
                        server.in(),
                        Objects.requireNonNull(out),
                        why -> new ServerFailed(why.replace("its body", "the body of its answer"), null));
        turn.closes = reply.closes() || request.closes();
        return !last;
    }

    private void say(byte[] bytes) throws IOException {
        Objects.requireNonNull(out).write(bytes);
    }

    private void refuse(Turn turn, Refused refusal) throws IOException {
        tell(
                turn,
                turn.answered ? turn.status : OptionalInt.of(refusal.status()),
                RequestEvent.Verdict.REFUSED,
                refusal.why());
        if (!turn.answered) {
            say(page(refusal.status(), refusal.why()));
        }
    }

    private void fail(Turn turn, ServerFailed failure) throws IOException {
        connection.cameTo(
                upstream == null ? ConnectionEvent.Verdict.UNREACHABLE : ConnectionEvent.Verdict.BROKEN, failure.why());
        int status = 502;
        tell(turn, turn.answered ? turn.status : OptionalInt.of(status), RequestEvent.Verdict.FAILED, failure.why());
        if (turn.answered) {
            throw new IOException("the server broke off"); // no end that could be taken for the answer's own
        }
        say(page(status, connection.name() + " is not reached, or gives no answer that can be passed on"));
    }

    private void tell(Turn turn, RequestEvent.Verdict verdict, String reason) {
        tell(turn, turn.status, verdict, reason);
    }

    private void tell(Turn turn, OptionalInt status, RequestEvent.Verdict verdict, String reason) {
        events.accept(new RequestEvent(
                connection.connection(),
                turn.method,
                turn.path,
                verdict,
                status,
                reason,
                Duration.ofNanos(System.nanoTime() - turn.begun)));
    }

    private static byte[] page(int status, String why) {
        String body = "sandjar: " + why + "\n";
        return ("HTTP/1.1 " + status + " " + phrase(status)
                        + "\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: "
                        + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\nConnection: close\r\n\r\n"
                        + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String phrase(int status) {
        return switch (status) {
            case 403 -> "Forbidden";
            case 408 -> "Request Timeout";
            case 417 -> "Expectation Failed";
            case 431 -> "Request Header Fields Too Large";
            case 502 -> "Bad Gateway";
            case 505 -> "HTTP Version Not Supported";
            default -> "Bad Request";
        };
    }

    /** A program that has more to say gets what was said to it all the same: with that unread, the kernel would send a reset. */
    private void endGently() throws IOException {
        raw.patience(REST);
        tls.shutdownOutput();
        raw.shutdownOutput();
        byte[] ignored = new byte[HEAD_MAX];
        long end = System.nanoTime() + LINGERING.toNanos();
        raw.within(LINGERING);
        try {
            int n = 0;
            while (n >= 0 && System.nanoTime() < end) {
                n = raw.getInputStream().read(ignored);
            }
        } catch (IOException e) {
            return; // it has gone on saying something, or is gone
        }
    }
}
