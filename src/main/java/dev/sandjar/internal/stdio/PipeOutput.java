package dev.sandjar.internal.stdio;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The writing end of a pipe. */
final class PipeOutput extends OutputStream {
    private final PipeEnd end;

    PipeOutput(PipeEnd end) {
        this.end = end;
    }

    /** See {@link PipeEnd#endWriting}. */
    void readerIsGone() {
        end.endWriting();
    }

    @Override
    public void write(int b) throws IOException {
        end.write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length > 0) {
            end.write(buffer, offset, length);
        }
    }

    @Override
    public void close() {
        end.close();
    }
}
