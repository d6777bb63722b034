package dev.sandjar.oci;

import dev.sandjar.internal.runtime.ContainerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers at a socket what else a Java for each command would. Who may connect is said by the directory of the socket, and the asking
 * side makes sure that both see the same host. A request is its length, and as many words as it says; an answer is its length and what
 * {@link RuntimeCompiler} would have printed, or the length 0 for what depends on the cgroup of who asks.
 */
final class ResidentCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(ResidentCompiler.class);
    private static final int REQUEST_MAX = 1 << 20;
    private static final int AT_A_TIME = 4;
    private static final int BACKLOG = 64;

    private ResidentCompiler() {}

    /** Returns never. */
    static void serve(Path socket) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            while (true) {
                SocketChannel client = server.accept();
                threads.execute(() -> answer(client));
            }
        }
    }

    private static void answer(SocketChannel client) {
        try (client) {
            byte[] answer = RuntimeCompiler.answer(request(client), true);
            ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + answer.length).order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(answer.length).put(answer).flip();
            while (out.hasRemaining()) {
                client.write(out);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("a request is left to who asked", e);
        }
    }

    private static List<String> request(SocketChannel client) throws IOException {
        int length = read(client, Integer.BYTES).getInt();
        if (length < 0 || length > REQUEST_MAX) {
            throw new IOException("a request of " + length + " bytes");
        }
        return ContainerRequest.words(read(client, length).array());
    }

    private static ByteBuffer read(SocketChannel client, int length) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            if (client.read(in) < 0) {
                throw new EOFException("the request ends too early");
            }
        }
        return in.flip();
    }
}
