package dev.sandjar.seccomp;

import dev.sandjar.internal.util.Checks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A system call that waits for a {@link SyscallHandler}. Usable while the handler runs, on its thread.
 *
 * <p>Memory is read as a copy: decide on the copy, and act on the copy. The program may change the original at any time.
 */
public final class SyscallCall {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int ADDRESS_MAX = 128;
    private static final int READ_MAX = 1 << 20;
    private static final int PAGE = 4_096;
    private static final int ARGUMENTS = 6;

    private final String name;
    private final OptionalLong pid;
    private final List<Long> arguments;
    private final Memory memory;

    /** The memory of a program whose thread waits in a call. */
    public interface Memory {
        /**
         * Reads.
         *
         * @param address where
         * @param length how many bytes
         * @return {@code length} bytes
         * @throws IOException if not all of them can be read, or the caller no longer waits
         */
        byte[] read(long address, int length) throws IOException;

        /**
         * Writes.
         *
         * @param address where
         * @param data what
         * @throws IOException if it can't be written, or the caller no longer waits
         */
        void write(long address, byte[] data) throws IOException;
    }

    private SyscallCall(String name, OptionalLong pid, List<Long> arguments, Memory memory) {
        this.name = Objects.requireNonNull(name, "name");
        this.pid = Objects.requireNonNull(pid, "pid");
        this.arguments = List.copyOf(arguments);
        this.memory = Objects.requireNonNull(memory, "memory");
        Checks.range("number of arguments", this.arguments.size(), ARGUMENTS, ARGUMENTS);
    }

    /**
     * A call as a handler gets it: Sandjar makes them of what programs do, and tests of a handler make them by themselves.
     *
     * @param name of the call, such as "connect"
     * @param pid the thread that calls; empty if it can't be seen from the host's PID namespace
     * @param arguments six
     * @param memory of the program
     * @return the call
     * @throws IllegalArgumentException if there are not six arguments
     */
    public static SyscallCall of(String name, OptionalLong pid, List<Long> arguments, Memory memory) {
        return new SyscallCall(name, pid, arguments, memory);
    }

    /**
     * The name of the call.
     *
     * @return for example "connect"
     */
    public String name() {
        return name;
    }

    /**
     * An argument as the register has it; of narrower types the upper bits may be anything.
     *
     * @param index 0 to 5
     * @return its 64 bits
     * @throws IndexOutOfBoundsException if there is no such argument
     */
    public long argument(int index) {
        return arguments.get(index);
    }

    /**
     * All arguments.
     *
     * @return six numbers
     */
    public List<Long> arguments() {
        return arguments;
    }

    /**
     * The thread that calls.
     *
     * @return its id on the host; empty if it can't be seen from the PID namespace of this process
     */
    public OptionalLong pid() {
        return pid;
    }

    /**
     * Reads the program's memory.
     *
     * @param address where
     * @param length how many bytes, 0 to 1 MiB
     * @return {@code length} bytes
     * @throws IllegalArgumentException if the length is out of range
     * @throws IOException if not all of them can be read, or the caller no longer waits
     */
    public byte[] readMemory(long address, int length) throws IOException {
        Checks.range("length", length, 0, READ_MAX);
        return memory.read(address, length);
    }

    /**
     * Reads text that ends with a NUL, such as a path.
     *
     * @param address where it begins
     * @param maxBytes how many bytes to read at most, 1 to 1 MiB
     * @return the text without the NUL; what is not UTF-8 is replaced
     * @throws IllegalArgumentException if the length is out of range
     * @throws IOException if it can't be read or is longer, or the caller no longer waits
     */
    public String readString(long address, int maxBytes) throws IOException {
        Checks.range("length", maxBytes, 1, READ_MAX);
        byte[] text = new byte[0];
        while (text.length < maxBytes) {
            // No further than the page that it reaches into: the next one may not be there.
            long at = address + text.length;
            int n = (int) Math.min(PAGE - Long.remainderUnsigned(at, PAGE), maxBytes - text.length);
            byte[] part = memory.read(at, n);
            for (int i = 0; i < n; i++) {
                if (part[i] == 0) {
                    byte[] whole = join(text, Arrays.copyOf(part, i));
                    return new String(whole, StandardCharsets.UTF_8);
                }
            }
            text = join(text, part);
        }
        throw new IOException("the text at 0x" + Long.toHexString(address) + " has more than " + maxBytes + " bytes");
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /**
     * Writes into the program's memory: results of a call that is answered by {@link SyscallResponse#value}.
     *
     * @param address where
     * @param data what
     * @throws IOException if it can't be written, or the caller no longer waits
     */
    public void writeMemory(long address, byte[] data) throws IOException {
        memory.write(address, data.clone());
    }

    /**
     * Reads a socket address, such as the second and third argument of {@code connect(2)}.
     *
     * @param address where it is
     * @param length its length as the program gave it
     * @return an {@link InetSocketAddress} or a {@link UnixDomainSocketAddress}; empty for other families, abstract sockets and
     *     lengths that no such address has
     * @throws IOException if it can't be read, or the caller no longer waits
     */
    public Optional<SocketAddress> socketAddress(long address, long length) throws IOException {
        if (length < 2 || length > ADDRESS_MAX) {
            return Optional.empty();
        }
        byte[] bytes = memory.read(address, (int) length);
        int family = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getShort() & 0xffff;
        if (family == AF_INET && bytes.length >= 8) {
            return Optional.of(internet(bytes, 4, 4));
        }
        if (family == AF_INET6 && bytes.length >= 24) {
            return Optional.of(internet(bytes, 8, 16));
        }
        if (family == AF_UNIX && bytes.length > 2 && bytes[2] != 0) {
            int end = 2;
            while (end < bytes.length && bytes[end] != 0) {
                end++;
            }
            return Optional.of(UnixDomainSocketAddress.of(new String(bytes, 2, end - 2, StandardCharsets.UTF_8)));
        }
        return Optional.empty();
    }

    /** An IPv6 address that stands for one of IPv4 becomes that: there is one way to write every address. */
    private static InetSocketAddress internet(byte[] bytes, int from, int size) throws IOException {
        int port = (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
        return new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + size)), port);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name).append('(');
        for (int i = 0; i < arguments.size(); i++) {
            text.append(i == 0 ? "0x" : ", 0x").append(Long.toHexString(arguments.get(i)));
        }
        return text.append(')').toString();
    }
}
