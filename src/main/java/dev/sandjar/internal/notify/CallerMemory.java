package dev.sandjar.internal.notify;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.seccomp.SyscallCall;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The memory of a thread that waits in a call. Its number could belong to another one by now, so the kernel is asked, after the
 * memory was opened and again after it was read, whether it still is the one which waits.
 */
final class CallerMemory implements SyscallCall.Memory {
    private static final long ID_VALID = 0x40082102L;

    private final Kernel kernel;
    private final int listener;
    private final long id;
    private final int pid;

    CallerMemory(Kernel kernel, int listener, long id, int pid) {
        this.kernel = kernel;
        this.listener = listener;
        this.id = id;
        this.pid = pid;
    }

    @Override
    public byte[] read(long address, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        try (FileChannel memory = open(StandardOpenOption.READ)) {
            while (buffer.hasRemaining()) {
                if (memory.read(buffer, at(address, buffer)) < 0) {
                    throw new EOFException("no memory at 0x" + Long.toHexString(address));
                }
            }
            check();
            return buffer.array();
        }
    }

    @Override
    public void write(long address, byte[] data) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(data);
        try (FileChannel memory = open(StandardOpenOption.WRITE)) {
            while (buffer.hasRemaining()) {
                if (memory.write(buffer, at(address, buffer)) == 0) {
                    throw new EOFException("no memory at 0x" + Long.toHexString(address));
                }
            }
            check();
        }
    }

    private static long at(long address, ByteBuffer buffer) throws IOException {
        long at = address + buffer.position();
        if (at < 0) {
            throw new IOException("0x" + Long.toHexString(address) + " is not an address of a program");
        }
        return at;
    }

    private FileChannel open(OpenOption how) throws IOException {
        if (pid <= 0) {
            throw new IOException("the caller can't be seen from this PID namespace");
        }
        FileChannel memory = FileChannel.open(Path.of("/proc", Integer.toString(pid), "mem"), how);
        try {
            check();
            return memory;
        } catch (IOException | RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    private void check() throws IOException {
        byte[] bytes = new byte[8];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putLong(id);
        if (kernel.ioctl(listener, ID_VALID, bytes) != 0) {
            throw new IOException("the caller no longer waits");
        }
    }
}
