package dev.sandjar.plugin;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A contract whose implementation knows the channel, and abuses it. */
public interface Hostile {
    record Node(List<Node> children) {}

    byte[] attack(String how) throws IOException;

    Node deep(String how) throws IOException;

    int add(int a, int b);

    /** In the worker. */
    final class Impl implements Hostile {
        private static final int REPLY = 4;
        private static final int THROW = 5;
        private static final int BACK_CALL = 7;

        private final OutputStream channel = new FileOutputStream("/proc/self/fd/4");

        /** Calls are numbered one by one. */
        private int id;

        Impl() throws IOException {}

        static ByteBuffer head(int length, int type, int flags, int number, int id, int room) {
            return ByteBuffer.allocate(12 + room)
                    .putInt(length)
                    .put((byte) type)
                    .put((byte) flags)
                    .putShort((short) number)
                    .putInt(id);
        }

        private void send(ByteBuffer frame) throws IOException {
            channel.write(frame.array(), 0, frame.position());
        }

        private static byte[] forever() {
            for (; ; ) {
                try {
                    Thread.sleep(100_000);
                } catch (InterruptedException e) {
                    continue;
                }
            }
        }

        @Override
        public int add(int a, int b) {
            id++;
            return a + b;
        }

        @Override
        public byte[] attack(String how) throws IOException {
            id++;
            switch (how) {
                case "negative length" -> send(head(Integer.MIN_VALUE, REPLY, 0, 0, id, 0));
                case "largest length" -> send(head(Integer.MAX_VALUE, REPLY, 0, 0, id, 0));
                case "length beyond the limit" -> send(head(1 << 20 | 1, REPLY, 0, 0, id, 0));
                case "wrong id" -> send(head(0, REPLY, 0, 0, 4711, 0));
                case "wrong type" -> send(head(0, 77, 0, 0, id, 0));
                case "wrong flags" -> send(head(0, REPLY, 0x40, 0, id, 0));
                case "second greeting" -> send(head(8, 1, 0, 1, 0, 8).putLong(1));
                case "empty reply" -> send(head(0, REPLY, 0, 0, id, 0));
                case "bytes too many" ->
                    send(head(7, REPLY, 0, 0, id, 7).put((byte) 1).putInt(0).putShort((short) 0));
                case "array of 2^31" ->
                    send(head(5, REPLY, 0, 0, id, 5).put((byte) 1).putInt(Integer.MIN_VALUE));
                case "array that is not there" ->
                    send(head(5, REPLY, 0, 0, id, 5).put((byte) 1).putInt(1 << 19));
                case "presence of 7" -> send(head(1, REPLY, 0, 0, id, 1).put((byte) 7));
                case "unknown exception" -> send(head(4, THROW, 0, 0, id, 4).putInt(99));
                case "shared slot 99" ->
                    send(head(8, REPLY, 1, 0, id, 8).putInt(99).putInt(10));
                case "shared length 2^31" ->
                    send(head(8, REPLY, 1, 0, id, 8).putInt(0).putInt(Integer.MIN_VALUE));
                case "shared beyond the slot" ->
                    send(head(8, REPLY, 1, 0, id, 8).putInt(1).putInt(1 << 21));
                case "shared garbage" ->
                    send(head(8, REPLY, 1, 0, id, 8).putInt(0).putInt(1000));
                case "half a head" -> channel.write(new byte[5]);
                case "half a frame" -> send(head(100, REPLY, 0, 0, id, 50).put(new byte[50]));
                case "silence" -> forever();
                case "flood of zeros" -> flood(new byte[8192]);
                case "flood of callbacks" ->
                    flood(head(4, BACK_CALL, 0, 0, 1, 4).putInt(1).array());
                case "flood of large frames" ->
                    flood(head(1 << 20, BACK_CALL, 0, 0, 1, 1 << 20).array());
                case "exit" -> System.exit(7);
                case "half a frame and exit" -> {
                    send(head(100, REPLY, 0, 0, id, 50).put(new byte[50]));
                    Runtime.getRuntime().halt(8);
                }
                case "kill" -> shell("kill -9 $PPID");
                case "stop" -> shell("kill -STOP $PPID");
                case "forked child keeps the channel" -> {
                    // A child of this JVM gets none of its descriptors, so it opens the channel itself.
                    requireSuccess("exec 4>/proc/$PPID/fd/4 3</proc/$PPID/fd/3 || exit 1; sleep 1000 &");
                    System.exit(9);
                }
                case "standard output" -> {
                    byte[] garbage = head(1 << 19, REPLY, 0, 0, id, 1 << 19).array();
                    System.out.write(garbage, 0, garbage.length);
                    System.err.println("\u001b]0;title\u0007" + "long ".repeat(10_000));
                    return new byte[] {1};
                }
                case "output without end" -> {
                    for (; ; ) {
                        System.out.println("x".repeat(8000));
                    }
                }
                case "huge exception" -> throw new IllegalStateException("m".repeat(50_000_000), deepCause(10_000));
                case "huge exception by hand" -> {
                    String text = "\u001b[31m" + "t".repeat(300_000);
                    ByteBuffer frame = head(0, THROW, 0, 0, id, 1_000_000).putInt(-1);
                    frame.put((byte) 0).putInt(1).put((byte) 'X');
                    frame.put((byte) 1)
                            .put((byte) 0)
                            .putInt(text.length())
                            .put(text.getBytes(StandardCharsets.ISO_8859_1));
                    frame.put((byte) 0).putInt(text.length()).put(text.getBytes(StandardCharsets.ISO_8859_1));
                    frame.putInt(0, frame.position() - 12);
                    send(frame);
                }
                case "exception that throws" ->
                    throw new RuntimeException() {
                        private static final long serialVersionUID = 1L;

                        @Override
                        public String getMessage() {
                            throw new IllegalStateException();
                        }
                    };
                case "heap" -> {
                    List<byte[]> all = new ArrayList<>();
                    for (; ; ) {
                        all.add(new byte[1 << 20]);
                    }
                }
                case "memory" -> {
                    List<ByteBuffer> all = new ArrayList<>();
                    for (; ; ) {
                        ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
                        for (int i = 0; i < piece.capacity(); i += 4096) {
                            piece.put(i, (byte) 1);
                        }
                        all.add(piece);
                    }
                }
                case "spin" -> {
                    for (long i = 0; ; i++) {
                        if (i < 0) {
                            break;
                        }
                    }
                }
                case "too large a result" -> {
                    return new byte[2 << 20];
                }
                default -> throw new IllegalArgumentException(how);
            }
            return forever();
        }

        private static void requireSuccess(String script) throws IOException {
            if (shell(script) != 0) {
                throw new IOException(script);
            }
        }

        private static int shell(String script) throws IOException {
            try {
                return new ProcessBuilder("/bin/sh", "-c", script)
                        .inheritIO()
                        .start()
                        .waitFor();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        private void flood(byte[] piece) throws IOException {
            for (; ; ) {
                channel.write(piece);
            }
        }

        private static Throwable deepCause(int depth) {
            Throwable cause = new IllegalStateException("root");
            for (int i = 0; i < depth; i++) {
                cause = new IllegalStateException("level " + i, cause);
            }
            return cause;
        }

        @Override
        public Node deep(String how) throws IOException {
            id++;
            switch (how) {
                case "honest" -> {
                    Node node = new Node(List.of());
                    for (int i = 0; i < 500; i++) {
                        node = new Node(List.of(node));
                    }
                    return node;
                }
                case "cyclic" -> {
                    List<Node> children = new ArrayList<>();
                    Node node = new Node(children);
                    children.add(node);
                    return node;
                }
                case "wide" -> {
                    return new Node(Collections.nCopies(50_000, null));
                }
                case "deep by hand" -> {
                    int depth = 100_000;
                    ByteBuffer frame = head(depth * 6, REPLY, 0, 0, id, depth * 6);
                    for (int i = 0; i < depth; i++) {
                        frame.put((byte) 1).put((byte) 1).putInt(1);
                    }
                    send(frame);
                }
                case "wide by hand" -> {
                    int width = 900_000;
                    send(head(width + 6, REPLY, 0, 0, id, width + 6)
                            .put((byte) 1)
                            .put((byte) 1)
                            .putInt(width)
                            .put(new byte[width]));
                }
                case "count of 2^31" ->
                    send(head(6, REPLY, 0, 0, id, 6).put((byte) 1).put((byte) 1).putInt(Integer.MAX_VALUE));
                default -> throw new IllegalArgumentException(how);
            }
            forever();
            return new Node(null);
        }
    }
}
