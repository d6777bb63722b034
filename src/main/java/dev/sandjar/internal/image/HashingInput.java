package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** A stream that counts and hashes what passes, and refuses at its end what is not what was promised. */
final class HashingInput extends FilterInputStream {
    private static final int CHUNK = 1 << 16;

    private final Digest expected;
    private final long size;
    private final String subject;
    private final MessageDigest hash;
    private long count;

    /** @param size -1 if it is not known */
    HashingInput(InputStream in, Digest expected, long size, String subject) {
        super(in);
        this.expected = expected;
        this.size = size;
        this.subject = subject;
        this.hash = expected.start();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        if (n > 0) {
            hash.update(bytes, offset, n);
            count += n;
            if (size >= 0 && count > size) {
                throw new ImageException(subject, "it is longer than the " + size + " bytes it should have", "");
            }
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long done = 0;
        while (done < n) {
            int got = read(buffer, 0, (int) Math.min(buffer.length, n - done));
            if (got < 0) {
                break;
            }
            done += got;
        }
        return done;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Reads what is left, at most {@code max} bytes of it, and compares. */
    void finish(long max) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long rest = 0;
        for (int n = read(buffer, 0, CHUNK); n >= 0; n = read(buffer, 0, CHUNK)) {
            rest += n;
            if (rest > max) {
                throw new ImageException(subject, "there is more than " + max + " bytes behind its end", "");
            }
        }
        if (size >= 0 && count != size) {
            throw new ImageException(
                    subject, "it has " + count + " bytes, and its descriptor says " + size, "get it again");
        }
        Digest found = expected.is(hash.digest());
        if (!found.equals(expected)) {
            throw new ImageException(
                    subject, "its content has the digest " + found + ", not " + expected, "get it again");
        }
    }
}
