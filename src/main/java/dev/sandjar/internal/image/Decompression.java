package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.image.zstd.ZstdInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;

/** Finds out how a stream is compressed by its first bytes, since media types lie, and undoes it. */
final class Decompression {
    private static final int BUFFER = 1 << 16;
    private static final int MAGIC = 6;

    private Decompression() {}

    enum Kind {
        PLAIN,
        GZIP,
        ZSTD
    }

    /** @param plain what comes out, still to be closed with the stream it came from */
    record Result(Kind kind, InputStream plain) {}

    /** What comes out is refused where it becomes too much for what went in, or is damaged. */
    static Result of(InputStream in, ImageLimits limits, String subject) throws IOException {
        BoundedDecompression.Counting counting = new BoundedDecompression.Counting(in);
        PushbackInputStream ahead = new PushbackInputStream(counting, MAGIC);
        byte[] magic = ahead.readNBytes(MAGIC);
        ahead.unread(magic);
        Kind kind = kind(magic, subject);
        return switch (kind) {
            case PLAIN -> new Result(kind, ahead);
            case GZIP ->
                new Result(
                        kind,
                        new BoundedDecompression(() -> new GZIPInputStream(ahead, BUFFER), counting, limits, subject));
            case ZSTD ->
                new Result(
                        kind, new BoundedDecompression(() -> ZstdInput.of(ahead, subject), counting, limits, subject));
        };
    }

    /** Of a stream that is read a little. */
    static Kind kind(InputStream in, String subject) throws IOException {
        return kind(in.readNBytes(MAGIC), subject);
    }

    private static Kind kind(byte[] magic, String subject) throws ImageException {
        if (starts(magic, 0x1f, 0x8b)) {
            return Kind.GZIP;
        } else if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd) || isSkippableFrame(magic)) {
            return Kind.ZSTD;
        } else if (starts(magic, 'B', 'Z', 'h') || starts(magic, 0xfd, '7', 'z', 'X', 'Z')) {
            throw new ImageException(
                    subject, "it is compressed by bzip2 or xz", "decompress it, or compress it with gzip or zstd");
        }
        return Kind.PLAIN;
    }

    private static boolean isSkippableFrame(byte[] magic) {
        return magic.length >= 4
                && (magic[0] & 0xf0) == 0x50
                && starts(new byte[] {magic[1], magic[2], magic[3]}, 0x2a, 0x4d, 0x18);
    }

    private static boolean starts(byte[] bytes, int... wanted) {
        if (bytes.length < wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if ((bytes[i] & 0xff) != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
