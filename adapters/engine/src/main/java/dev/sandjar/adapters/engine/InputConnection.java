package dev.sandjar.adapters.engine;

import dev.sandjar.SandboxException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Standard input of a container: what is written goes there, and closing is its end of file. The client library keeps its connection open
 * in both directions, so that a program which reads to the end would wait for ever.
 */
final class InputConnection extends OutputStream {
    private static final int HEAD_MAX = 1 << 14;
    private static final String END = "\r\n\r\n";

    private final SocketChannel channel;
    private final OutputStream out;

    private InputConnection(SocketChannel channel) {
        this.channel = channel;
        out = Channels.newOutputStream(channel);
    }

    /** Connects before the container is started, so that nothing is missed. */
    static InputConnection open(Path socket, String container) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            String request =
                    "POST /v1.41/containers/" + container + "/attach?stream=1&stdin=1 HTTP/1.1\r\nHost: engine\r\n"
                            + "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0" + END;
            ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            String head = text(channel, END);
            if (!head.startsWith("HTTP/1.1 101") && !head.startsWith("HTTP/1.1 200")) {
                throw new SandboxException(
                        "connect to the container's standard input",
                        null,
                        socket.toString(),
                        0,
                        "the engine answered: " + head.lines().findFirst().orElse("nothing") + ", "
                                + text(channel, "}"),
                        "see that the engine can start containers at all");
            }
            return new InputConnection(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static String text(SocketChannel channel, String end) throws IOException {
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.indexOf(end) < 0 && head.length() < HEAD_MAX && channel.read(one.clear()) == 1) {
            head.append((char) (one.get(0) & 0xff));
        }
        return head.toString();
    }

    @Override
    public void write(int one) throws IOException {
        out.write(one);
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
        out.write(bytes, start, length);
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.shutdownOutput();
        }
    }

    /** Ends the connection; a writer that waits gets an error, as of a broken pipe. */
    void end() throws IOException {
        channel.close();
    }
}
