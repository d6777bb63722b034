package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;

/** What comes out of a compressed stream, refused while it comes where that is damaged, or is too much for what went in. */
final class BoundedDecompression extends FilterInputStream {
    private static final long FROM = 64L << 20;
    private static final int CHUNK = 1 << 16;

    private final Counting counting;
    private final ImageLimits limits;
    private final String subject;
    private long count;

    /** A decompressor, some of which read as soon as they are made. */
    interface Decompressor {
        InputStream open() throws IOException;
    }

    BoundedDecompression(Decompressor decompressor, Counting counting, ImageLimits limits, String subject)
            throws IOException {
        super(open(decompressor, subject));
        this.counting = counting;
        this.limits = limits;
        this.subject = subject;
    }

    private static InputStream open(Decompressor decompressor, String subject) throws IOException {
        try {
            return decompressor.open();
        } catch (ZipException | EOFException e) {
            throw damaged(e, subject);
        }
    }

    private static ImageException damaged(IOException e, String subject) {
        ImageException failure = new ImageException(
                subject,
                "its compressed data is " + (e instanceof EOFException ? "cut off" : "damaged: " + e.getMessage()),
                "get it again");
        failure.initCause(e);
        return failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n;
        try {
            n = in.read(bytes, offset, length);
        } catch (ZipException | EOFException e) {
            throw damaged(e, subject);
        }
        count += Math.max(n, 0);
        if (count > FROM && count / limits.ratio() > counting.count) {
            throw new ImageException(
                    subject,
                    "it is more than " + limits.ratio() + " times larger than its compressed form",
                    "raise ImageLimits.ratio if it is meant to be");
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        return n <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(n, CHUNK)]));
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Counts what is read of the compressed form. */
    static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            count += Math.max(n, 0);
            return n;
        }

        @Override
        public long skip(long n) throws IOException {
            long skipped = in.skip(n);
            count += skipped;
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
