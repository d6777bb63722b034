package dev.sandjar.image;

import dev.sandjar.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;

/** Finds out how a stream is compressed by its first bytes, since media types lie, and undoes it. */
final class Decompression {
    private static final int BUFFER = 1 << 16;

    private Decompression() {}

    enum Kind {
        PLAIN,
        GZIP,
        ZSTD
    }

    /** @param plain what comes out, still to be closed with the stream it came from */
    record Result(Kind kind, InputStream plain) {}

    static Result of(InputStream in, String subject) throws IOException {
        PushbackInputStream ahead = new PushbackInputStream(in, 8);
        byte[] magic = ahead.readNBytes(6);
        ahead.unread(magic);
        if (starts(magic, 0x1f, 0x8b)) {
            return new Result(Kind.GZIP, new GZIPInputStream(ahead, BUFFER));
        } else if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd) || isSkippableFrame(magic)) {
            return new Result(Kind.ZSTD, Zstd.stream(ahead, subject));
        } else if (starts(magic, 'B', 'Z', 'h') || starts(magic, 0xfd, '7', 'z', 'X', 'Z')) {
            throw new ImageException(
                    subject, "it is compressed by bzip2 or xz", "decompress it, or compress it with gzip or zstd");
        }
        return new Result(Kind.PLAIN, ahead);
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
