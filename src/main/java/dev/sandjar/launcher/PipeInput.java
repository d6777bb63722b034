package dev.sandjar.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * The reading end of a pipe. A stream of the JDK that was opened by a path takes what it reads for a file, and may ask for the
 * position in it: to skip, to know how much is left, to copy in the kernel. All of that is done by reading here.
 */
final class PipeInput extends InputStream {
    private final InputStream in;

    PipeInput(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        return in.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        return length == 0 ? 0 : in.read(buffer, offset, length);
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
