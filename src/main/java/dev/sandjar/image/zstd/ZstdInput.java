package dev.sandjar.image.zstd;

import dev.sandjar.ImageException;
import dev.sandjar.internal.Nullable;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The content of any number of frames one after another, those left out that are to be skipped. Takes windows of up to 128 MiB, memory as
 * the data needs it, and no dictionaries; compares sizes and checksums. What is malformed is an {@link ImageException}.
 */
public final class ZstdInput extends InputStream {
    private static final int BUFFER = 1 << 16;

    private final InputStream in;
    private final String subject;
    private final byte[] block = new byte[Window.BLOCK_MAX + 2 * Cursor.PAD];
    private final Window window = new Window();
    private final Blocks blocks = new Blocks();
    private final XxHash64 hash = new XxHash64();
    private @Nullable Frame frame;
    private int at;

    /** @param subject what the stream is, for exceptions */
    public ZstdInput(InputStream in, String subject) {
        this.in = new BufferedInputStream(in, BUFFER);
        this.subject = subject;
    }

    /** Reads all frames without decoding them, and refuses what a decoder would, as far as their headers tell. */
    public static void check(InputStream stream, String subject) throws IOException {
        InputStream in = new BufferedInputStream(stream, BUFFER);
        try {
            for (Frame frame = Frame.next(in); frame != null; frame = Frame.next(in)) {
                Frame.Block block;
                do {
                    block = frame.block(in);
                    in.skipNBytes(block.stored());
                } while (!block.last());
                in.skipNBytes(frame.hasChecksum() ? 4 : 0);
            }
        } catch (Malformed | EOFException e) {
            throw failure(e, subject);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        try {
            while (at == window.at()) {
                if (!more()) {
                    return -1;
                }
            }
        } catch (Malformed | EOFException | IndexOutOfBoundsException e) {
            throw failure(e, subject);
        }
        int n = Math.min(length, window.at() - at);
        System.arraycopy(window.bytes(), at, bytes, offset, n);
        at += n;
        return n;
    }

    /** One step; false at the end. */
    private boolean more() throws IOException {
        Frame current = frame;
        if (current == null) {
            current = Frame.next(in);
            if (current == null) {
                return false;
            }
            frame = current;
            window.start(current.window());
            blocks.start();
            hash.start();
            at = 0;
            return true;
        }
        Frame.Block next = current.block(in);
        window.prepare();
        at = window.at();
        decode(next, current);
        if (current.hasChecksum()) {
            hash.add(window.bytes(), at, window.at() - at);
        }
        if (current.size() >= 0 && window.total() > current.size()) {
            throw new Malformed("a frame is longer than it says");
        }
        if (next.last()) {
            finish(current);
        }
        return true;
    }

    private void decode(Frame.Block next, Frame current) throws IOException {
        int stored = next.stored();
        if (in.readNBytes(block, Cursor.PAD, stored) < stored) {
            throw new EOFException("zstd data ends too early");
        }
        if (next.type() == Frame.Block.RAW) {
            window.append(block, Cursor.PAD, stored);
        } else if (next.type() == Frame.Block.SAME) {
            window.fill(block[Cursor.PAD], next.size());
        } else {
            blocks.decode(new Cursor(block, Cursor.PAD, Cursor.PAD + stored), window, current.blockMax());
        }
    }

    private void finish(Frame done) throws IOException {
        if (done.size() >= 0 && window.total() != done.size()) {
            throw new Malformed("a frame is shorter than it says");
        }
        if (done.hasChecksum() && Frame.read(in, 4) != (hash.value() & 0xffffffffL)) {
            throw new Malformed("a checksum is wrong");
        }
        frame = null;
    }

    private static ImageException failure(Exception e, String subject) {
        ImageException failure = e instanceof Malformed malformed
                ? new ImageException(subject, malformed.getMessage(), malformed.remedy())
                : new ImageException(
                        subject,
                        e instanceof EOFException ? "its zstd data is cut off" : "its zstd data is malformed",
                        "get it again");
        failure.initCause(e);
        return failure;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
