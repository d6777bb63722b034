package dev.sandjar.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * The reading end of a pipe. A stream of the JDK that was opened by a path takes what it reads for a file, and may ask for the
 * position in it: to skip, to know how much is left, to copy in the kernel. All of that is done by reading here.
 */
final class PipeInput extends InputStream {
    private final PipeEnd<InputStream> end;

    PipeInput(PipeEnd<InputStream> end) {
        this.end = end;
    }

    @Override
    public int read() throws IOException {
        return end.stream().read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        return length == 0 ? 0 : end.stream().read(buffer, offset, length);
    }

    @Override
    public int available() throws IOException {
        int unread = end.unread();
        return unread >= 0 ? unread : end.stream().available();
    }

    @Override
    public void close() throws IOException {
        end.close();
    }
}
