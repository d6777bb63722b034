package dev.sandjar.internal.util;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.function.Consumer;

/** Cuts bytes into lines, of a length that whoever writes them does not choose. */
public final class LineOutput extends OutputStream {
    /** Without the bytes that complete its last character. */
    public static final int LONGEST = 65_536;

    private static final int CHARACTER_MOST = 3;

    private final Consumer<byte[]> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean afterReturn;

    public LineOutput(Consumer<byte[]> lines) {
        this.lines = lines;
    }

    @Override
    public void write(int one) {
        byte value = (byte) one;
        boolean second = afterReturn && value == '\n';
        afterReturn = value == '\r';
        if (second) {
            return;
        }
        if (value == '\n' || value == '\r') {
            hand();
            return;
        }
        if (line.size() >= LONGEST && (!continues(value) || line.size() >= LONGEST + CHARACTER_MOST)) {
            hand();
        }
        line.write(value);
    }

    /** Of UTF-8: a byte that is not the first of its character. */
    private static boolean continues(byte value) {
        return (value & 0xC0) == 0x80;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            write(bytes[i]);
        }
    }

    @Override
    public void close() {
        if (line.size() > 0) {
            hand();
        }
    }

    private void hand() {
        byte[] whole = line.toByteArray();
        line.reset();
        lines.accept(whole);
    }
}
