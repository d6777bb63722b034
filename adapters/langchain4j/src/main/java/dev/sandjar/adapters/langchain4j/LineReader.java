package dev.sandjar.adapters.langchain4j;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of whom nobody trusts: a longer one than is allowed is refused before it is in memory. */
final class LineReader {
    private final InputStream in;
    private final int most;

    LineReader(InputStream in, int most) {
        this.in = new BufferedInputStream(in, 64 << 10);
        this.most = most;
    }

    /** The next line without its end, or null after the last one. */
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int octet;
        while ((octet = in.read()) != '\n') {
            if (octet < 0) {
                return line.size() == 0 ? null : line.toByteArray();
            }
            if (line.size() == most) {
                throw new IOException("a line has more than " + most + " bytes");
            }
            line.write(octet);
        }
        return line.toByteArray();
    }
}
