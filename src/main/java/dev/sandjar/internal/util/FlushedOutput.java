package dev.sandjar.internal.util;

import java.io.IOException;
import java.io.OutputStream;

/** Hands everything on at once to a stream that somebody else closes. */
public final class FlushedOutput extends OutputStream {
    private final OutputStream stream;

    public FlushedOutput(OutputStream stream) {
        this.stream = stream;
    }

    @Override
    public void write(int one) throws IOException {
        stream.write(one);
        stream.flush();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        stream.write(bytes, offset, length);
        stream.flush();
    }

    @Override
    public void flush() throws IOException {
        stream.flush();
    }
}
