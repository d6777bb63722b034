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
 * A system call of a sandboxed program, which waits for a {@link SyscallHandler} to decide ({@code seccomp_unotify(2)}). Its name,
 * arguments and thread are immutable; memory can be read and written until the handler returns.
 *
 * <p>Memory is read as a copy: decide on the copy, and act on the copy. Another thread of the program may change the original at any time.
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

    /** Reads and writes the memory of a program whose thread waits in a call; a test of a handler may implement it. */
    public interface Memory {
        /**
         * Reads memory of the program.
         *
         * @param address the address in the program where the bytes begin
         * @param length how many bytes to read, 0 to 1 MiB
         * @return {@code length} bytes
         * @throws IOException if not all of them can be read, or the caller no longer waits
         */
        byte[] read(long address, int length) throws IOException;

        /**
         * Writes memory of the program.
         *
         * @param address the address in the program where the bytes begin
         * @param data the bytes to write
         * @throws IOException if not all of them can be written, or the caller no longer waits
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
     * Makes a call as a handler gets it. Sandjar makes one of each call of a program that a handler decides on; a test of a handler may
     * make its own.
     *
     * @param name the name of the call, such as "connect"
     * @param pid the id of the thread that calls; empty if it can't be seen from the PID namespace of this process
     * @param arguments the six arguments, as the registers have them
     * @param memory the memory of the program
     * @return the call
     * @throws IllegalArgumentException if there are not six arguments
     */
    public static SyscallCall of(String name, OptionalLong pid, List<Long> arguments, Memory memory) {
        return new SyscallCall(name, pid, arguments, memory);
    }

    /**
     * Returns the name of the call.
     *
     * @return a name such as "connect"
     */
    public String name() {
        return name;
    }

    /**
     * Returns an argument as the register has it. The upper bits of an argument that is narrower than 64 bits in C may be anything.
     *
     * @param index the number of the argument, 0 to 5
     * @return its 64 bits
     * @throws IndexOutOfBoundsException if there is no such argument
     */
    public long argument(int index) {
        return arguments.get(index);
    }

    /**
     * Returns all arguments as the registers have them.
     *
     * @return six numbers; immutable
     */
    public List<Long> arguments() {
        return arguments;
    }

    /**
     * Returns the id of the thread that makes the call.
     *
     * @return its id in the PID namespace of this process; empty if it can't be seen from there
     */
    public OptionalLong pid() {
        return pid;
    }

    /**
     * Reads memory of the program.
     *
     * @param address the address in the program where the bytes begin
     * @param length how many bytes to read, 0 to 1 MiB
     * @return {@code length} bytes
     * @throws IllegalArgumentException if the length is out of range
     * @throws IOException if not all of them can be read, or the caller no longer waits
     */
    public byte[] readMemory(long address, int length) throws IOException {
        Checks.range("length", length, 0, READ_MAX);
        return memory.read(address, length);
    }

    /**
     * Reads text that ends with a NUL, such as a path, from memory of the program.
     *
     * @param address the address in the program where the text begins
     * @param maxBytes how many bytes the text may have with its NUL, 1 to 1 MiB
     * @return the text without the NUL, decoded as UTF-8, with U+FFFD for what isn't
     * @throws IllegalArgumentException if {@code maxBytes} is out of range
     * @throws IOException if the text can't be read or is longer, or the caller no longer waits
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
     * Writes memory of the program, such as results of a call that is answered by {@link SyscallResponse#value}.
     *
     * @param address the address in the program where the bytes begin
     * @param data the bytes to write
     * @throws IOException if not all of them can be written, or the caller no longer waits
     */
    public void writeMemory(long address, byte[] data) throws IOException {
        memory.write(address, data.clone());
    }

    /**
     * Reads a socket address from memory of the program, such as the one that the second and third argument of {@code connect(2)} give.
     *
     * @param address the address in the program where the structure begins
     * @param length the length of the structure in bytes, as the program gave it
     * @return an {@link InetSocketAddress} or a {@link UnixDomainSocketAddress}; an IPv4-mapped address of IPv6 becomes that of IPv4, and
     *     the scope of an IPv6 address is left out. Empty for other families, abstract and unnamed sockets, and lengths that no such
     *     address has
     * @throws java.nio.file.InvalidPathException if the JVM's file name encoding can't have the path of a socket
     * @throws IOException if the structure can't be read, or the caller no longer waits
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
