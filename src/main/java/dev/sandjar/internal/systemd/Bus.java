package dev.sandjar.internal.systemd;

import dev.sandjar.internal.util.IoThreads;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * A connection to a message bus (the D-Bus specification), for a few calls in a row. No wait goes beyond the time that they have as a
 * whole. Not thread-safe.
 */
final class Bus implements Closeable {
    private static final int LINE_MAX = 4096;

    /** For the greeting, which the bus answers by itself. */
    private static final Duration GREETING = Duration.ofSeconds(2);

    private static final String INTERRUPTED = "interrupted while waiting for the bus";

    private final Path socket;
    private final SocketChannel channel;
    private final Selector selector;
    private Duration patience;
    private long deadline;
    private final Deque<BusMessage> unread = new ArrayDeque<>();
    private int serial;

    private Bus(Path socket, SocketChannel channel, Selector selector) {
        this.socket = socket;
        this.channel = channel;
        this.selector = selector;
        this.patience = GREETING;
        this.deadline = System.nanoTime() + GREETING.toNanos();
    }

    /**
     * Connects as the user that this process is, and says hello: one that does not answer that within 2 seconds will not answer at all.
     *
     * @param patience for all that comes afterwards
     */
    static Bus connect(Path socket, long uid, Duration patience) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Bus bus;
        try {
            bus = new Bus(socket, channel, Selector.open());
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
        try {
            bus.connect();
            channel.configureBlocking(false);
            channel.register(bus.selector, SelectionKey.OP_READ);
            bus.authenticate(uid);
            bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", "", new byte[0]);
            bus.patience = patience;
            bus.deadline = System.nanoTime() + patience.toNanos();
            return bus;
        } catch (IOException | RuntimeException | Error e) {
            bus.close();
            throw e;
        }
    }

    /** By another thread: where as many wait as the bus takes, connecting waits too, and the kernel has no time limit for that. */
    private void connect() throws IOException {
        CompletableFuture<Boolean> connected = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                connected.complete(channel.connect(UnixDomainSocketAddress.of(socket)));
            } catch (IOException | RuntimeException | Error e) {
                connected.completeExceptionally(e);
            }
        });
        try {
            connected.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(INTERRUPTED);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause
                    ? cause
                    : new IOException("can't connect to the bus", e.getCause());
        }
    }

    private IOException late() {
        return new IOException("the bus at " + socket + " has not answered for " + patience.toSeconds() + " s");
    }

    /** SASL EXTERNAL: the kernel tells the other side who this is. */
    private void authenticate(long uid) throws IOException {
        StringBuilder name = new StringBuilder();
        for (char digit : Long.toString(uid).toCharArray()) {
            name.append(Integer.toHexString(digit));
        }
        write(("\0AUTH EXTERNAL " + name + "\r\n").getBytes(StandardCharsets.US_ASCII));
        String answer = line();
        if (!answer.startsWith("OK ")) {
            throw new IOException("the bus does not let this user in: " + answer);
        }
        write("BEGIN\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private String line() throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.length() < LINE_MAX) {
            char c = (char) (read(1)[0] & 0xff);
            if (c == '\n') {
                return text.toString().strip();
            }
            text.append(c);
        }
        throw new IOException("what listens on the socket of the bus is not a bus");
    }

    /** Calls a method and waits for its answer. */
    BusMessage call(String destination, String path, String type, String member, String signature, byte[] body)
            throws IOException {
        int mine = ++serial;
        write(encode(mine, destination, path, type, member, signature, body));
        BusMessage answer = await(m -> m.replySerial() == mine && m.type() != BusMessage.SIGNAL);
        if (answer.type() == BusMessage.ERROR) {
            throw new IOException(member + ": " + answer.error() + ": " + answer.text());
        }
        return answer;
    }

    /** The first message that fits, among those that have come already or are to come. */
    BusMessage await(Predicate<BusMessage> fits) throws IOException {
        for (BusMessage message : unread) {
            if (fits.test(message)) {
                unread.remove(message);
                return message;
            }
        }
        for (; ; ) {
            byte[] prologue = read(BusMessage.PROLOGUE);
            BusMessage message = BusMessage.read(prologue, read(BusMessage.rest(prologue)));
            if (fits.test(message)) {
                return message;
            }
            unread.add(message);
        }
    }

    static byte[] encode(
            int serial, String destination, String path, String type, String member, String signature, byte[] body) {
        Marshal out = new Marshal();
        out.u8('l').u8(BusMessage.CALL).u8(0).u8(1).u32(body.length).u32(serial);
        out.array(8, () -> {
            field(out, 1, "o", path);
            field(out, 2, "s", type);
            field(out, 3, "s", member);
            field(out, 6, "s", destination);
            if (!signature.isEmpty()) {
                out.align(8).u8(8).signature("g").signature(signature);
            }
        });
        return out.align(8).raw(body).bytes();
    }

    private static void field(Marshal out, int code, String type, String value) {
        out.align(8).u8(code).signature(type).string(value);
    }

    private byte[] read(int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            int n = channel.read(buffer);
            if (n < 0) {
                throw new EOFException("the bus has closed the connection");
            }
            if (n == 0) {
                waitFor(SelectionKey.OP_READ);
            }
        }
        return buffer.array();
    }

    private void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.write(buffer) == 0) {
                waitFor(SelectionKey.OP_WRITE);
            }
        }
    }

    private void waitFor(int operation) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw late();
        }
        channel.keyFor(selector).interestOps(operation);
        selector.select(millis);
        selector.selectedKeys().clear();
        if (Thread.currentThread().isInterrupted()) {
            throw new IOException(INTERRUPTED);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            selector.close();
        } finally {
            channel.close();
        }
    }
}
