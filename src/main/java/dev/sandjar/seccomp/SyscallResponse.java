package dev.sandjar.seccomp;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Errno;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The decision of a {@link SyscallHandler} on a system call ({@code seccomp_unotify(2)}). Immutable.
 *
 * <p>To act on the program's behalf, by {@link #value}, {@link #open} or {@link #connect}, is the safe way to allow a call: what was
 * decided on is then what happens.
 */
public sealed interface SyscallResponse {
    /**
     * The decision of {@link SyscallResponse#value}: the call is not made and returns a value.
     *
     * @param value what the program sees as the call's result
     */
    record Value(long value) implements SyscallResponse {
        @Override
        public String toString() {
            return "value " + value;
        }
    }

    /**
     * The decision of {@link SyscallResponse#errno(int)}: the call is not made and fails.
     *
     * @param errno the number of an error of {@code errno(3)}, 1 to 4095
     */
    record Failure(int errno) implements SyscallResponse {
        private static final int ERRNO_MAX = 4_095;

        /**
         * Checks the number.
         *
         * @param errno the number of an error of {@code errno(3)}, 1 to 4095
         * @throws IllegalArgumentException if the number is out of range
         */
        public Failure {
            Checks.range("errno", errno, 1, ERRNO_MAX);
        }

        @Override
        public String toString() {
            return "errno " + errno;
        }
    }

    /** The decision of {@link SyscallResponse#proceed}: the kernel makes the call. */
    record Proceed() implements SyscallResponse {
        @Override
        public String toString() {
            return "proceed";
        }
    }

    /**
     * The decision of {@link SyscallResponse#open}: the host opens a file, and the call returns a descriptor of it.
     *
     * @param file the file on the host
     * @param write true to open it for reading and writing, false for reading only
     */
    record Open(Path file, boolean write) implements SyscallResponse {
        /**
         * Checks the file.
         *
         * @param file the file on the host
         * @param write true to open it for reading and writing, false for reading only
         */
        public Open {
            Objects.requireNonNull(file, "file");
        }

        @Override
        public String toString() {
            return "open " + file + (write ? " for writing" : "");
        }
    }

    /**
     * The decision of {@link SyscallResponse#connect}: the host makes a connection, which takes the place of the program's socket; the
     * call returns 0.
     *
     * @param address the address and TCP port to connect to, resolved
     * @param descriptor the number of the program's socket, 0 or more
     */
    record Connect(InetSocketAddress address, int descriptor) implements SyscallResponse {
        /**
         * Checks the parts.
         *
         * @param address the address and TCP port to connect to, resolved
         * @param descriptor the number of the program's socket, 0 or more
         * @throws IllegalArgumentException if the address is unresolved or the descriptor negative
         */
        public Connect {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException(
                        address + " is unresolved: look it up first, and decide on what was found");
            }
            Checks.range("descriptor", descriptor, 0, Integer.MAX_VALUE);
        }

        @Override
        public String toString() {
            return "connect to " + address;
        }
    }

    /**
     * Lets the call return a value, without making it.
     *
     * @param value what the program sees as the call's result
     * @return a response
     */
    static SyscallResponse value(long value) {
        return new Value(value);
    }

    /**
     * Lets the call fail with an error that is given by its name, without making it.
     *
     * @param name the name of an error of {@code errno(3)}, such as "EACCES"
     * @return a response
     * @throws IllegalArgumentException if there is no such error
     */
    static SyscallResponse errno(String name) {
        return errno(Errno.named(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown error \"" + name + "\"; names are those of errno(3), such as EPERM"))
                .number());
    }

    /**
     * Lets the call fail with an error that is given by its number, without making it.
     *
     * @param number the number of an error of {@code errno(3)}, 1 to 4095
     * @return a response
     * @throws IllegalArgumentException if the number is out of range
     */
    static SyscallResponse errno(int number) {
        return new Failure(number);
    }

    /**
     * Opens a file of the host with the rights of this process, and lets the call return a close-on-exec descriptor of it. This is for
     * calls that return a descriptor, such as {@code openat(2)}. The file is opened after the handler has returned: it has to exist, and
     * to be a regular file or a terminal or character device of /dev; a symbolic link is not followed. If the file can't be opened, the
     * call fails with the error of {@code open(2)}, or with that of Sandjar's refusal, such as EINVAL, EMLINK or EACCES.
     *
     * @param file the file on the host
     * @param write true to open it for reading and writing, false for reading only
     * @return a response
     */
    static SyscallResponse open(Path file, boolean write) {
        return new Open(file, write);
    }

    /**
     * Connects to an address from the network of the host, and puts the connection in the place of the program's socket. This is for
     * {@code connect(2)}, whose first argument is the socket. The connection is made after the handler has returned, and further calls of
     * the program that have a handler wait for it: 10 seconds at most, after which the call fails with ETIMEDOUT. If it can't be made, the
     * call fails with the error of {@code connect(2)}. The new socket blocks, is not close-on-exec, and has none of the options of the old one.
     *
     * @param address the address and TCP port to connect to, resolved
     * @param descriptor the number of the program's socket, 0 to 2147483647: {@code call.argument(0)}
     * @return a response
     * @throws IllegalArgumentException if the address is unresolved or the descriptor negative
     */
    static SyscallResponse connect(InetSocketAddress address, long descriptor) {
        return new Connect(address, (int) Checks.range("descriptor", descriptor, 0, Integer.MAX_VALUE));
    }

    /**
     * Lets the kernel make the call, with whatever the program's memory holds by then: another of its threads may have changed what the
     * handler has read. It is right only where the decision depends on no memory. The program's rights, and filters that it has installed
     * itself, still hold.
     *
     * @return a response
     */
    static SyscallResponse proceed() {
        return new Proceed();
    }
}
