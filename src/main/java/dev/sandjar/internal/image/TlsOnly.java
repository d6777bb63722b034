package dev.sandjar.internal.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** What comes from a server that is to speak TLS: one that answers in HTTP is distinguished from one whose TLS is broken. */
final class TlsOnly extends FilterInputStream {
    static final String PLAIN = "it speaks HTTP without TLS";

    private static final byte[] HTTP = "HTTP/".getBytes(StandardCharsets.US_ASCII);

    /** How many of the first bytes are those of HTTP; -1 once another has come. */
    private int alike;

    TlsOnly(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read = super.read(into, offset, length);
        for (int i = 0; i < read && alike >= 0; i++) {
            alike = into[offset + i] == HTTP[alike] ? alike + 1 : -1;
            if (alike == HTTP.length) {
                throw new Plain();
            }
        }
        return read;
    }

    /** A server that speaks HTTP where TLS was wanted. */
    static final class Plain extends IOException {
        private static final long serialVersionUID = 1;

        Plain() {
            super(PLAIN);
        }

        /** Whether this is why something failed: the JDK wraps it in exceptions of its own. */
        static boolean isCauseOf(Throwable failure) {
            for (Throwable t = failure; t != null; t = t.getCause()) {
                if (t instanceof Plain) {
                    return true;
                }
            }
            return false;
        }
    }
}
