package dev.sandjar.internal.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** The reading end of a pipe. */
final class PipeInput extends InputStream {
    private final PipeEnd end;

    PipeInput(PipeEnd end) {
        this.end = end;
    }

    /** See {@link PipeEnd#takeRest}. */
    void takeRest() {
        end.takeRest();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return end.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        return length == 0 ? 0 : end.read(buffer, offset, length);
    }

    @Override
    public int available() throws IOException {
        return end.available();
    }

    @Override
    public void close() {
        end.close();
    }
}
