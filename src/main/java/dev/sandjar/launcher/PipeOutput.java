package dev.sandjar.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The writing end of a pipe. */
final class PipeOutput extends OutputStream {
    private final PipeEnd<OutputStream> end;

    PipeOutput(PipeEnd<OutputStream> end) {
        this.end = end;
    }

    @Override
    public void write(int b) throws IOException {
        end.stream().write(b);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length > 0) {
            end.stream().write(buffer, offset, length);
        }
    }

    @Override
    public void close() throws IOException {
        end.close();
    }
}
