package dev.sandjar.seccomp;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Errno;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What becomes of a system call that a {@link SyscallHandler} was asked about. Immutable.
 *
 * <p>Acting on the program's behalf, by {@link #value}, {@link #open} or {@link #connect}, is the safe way to say yes: what was
 * decided on is then what happens.
 */
public sealed interface SyscallResponse {
    /**
     * The call is not made and returns a value.
     *
     * @param value what the program sees as its result
     */
    record Value(long value) implements SyscallResponse {
        @Override
        public String toString() {
            return "value " + value;
        }
    }

    /**
     * The call is not made and fails.
     *
     * @param errno of {@code errno(3)}, 1 to 4095
     */
    record Failure(int errno) implements SyscallResponse {
        private static final int ERRNO_MAX = 4_095;

        /**
         * Checks the number.
         *
         * @param errno of {@code errno(3)}
         * @throws IllegalArgumentException if it is out of range
         */
        public Failure {
            Checks.range("errno", errno, 1, ERRNO_MAX);
        }

        @Override
        public String toString() {
            return "errno " + errno;
        }
    }

    /** The kernel makes the call after all. */
    record Proceed() implements SyscallResponse {
        @Override
        public String toString() {
            return "proceed";
        }
    }

    /**
     * The host opens a file, and the call returns a descriptor of it.
     *
     * @param file on the host
     * @param write whether for reading and writing rather than for reading
     */
    record Open(Path file, boolean write) implements SyscallResponse {
        /**
         * Checks the file.
         *
         * @param file on the host
         * @param write whether for reading and writing rather than for reading
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
     * The host makes a connection, which takes the place of the program's descriptor; the call returns 0.
     *
     * @param address resolved, of TCP
     * @param descriptor the program's number of the socket
     */
    record Connect(InetSocketAddress address, int descriptor) implements SyscallResponse {
        /**
         * Checks the parts.
         *
         * @param address resolved, of TCP
         * @param descriptor the program's number of the socket
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
     * The call is not made and returns a value.
     *
     * @param value what the program sees as its result
     * @return a response
     */
    static SyscallResponse value(long value) {
        return new Value(value);
    }

    /**
     * The call is not made and fails.
     *
     * @param name an error of {@code errno(3)}, such as "EACCES"
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
     * The call is not made and fails.
     *
     * @param number of {@code errno(3)}, 1 to 4095
     * @return a response
     * @throws IllegalArgumentException if it is out of range
     */
    static SyscallResponse errno(int number) {
        return new Failure(number);
    }

    /**
     * The host opens a file of its own, with its own rights, and the program gets the descriptor as the call's result. For calls
     * that return one, such as {@code openat(2)}. If it can't be opened, the call fails with that error.
     *
     * @param file on the host
     * @param write whether for reading and writing rather than for reading
     * @return a response
     */
    static SyscallResponse open(Path file, boolean write) {
        return new Open(file, write);
    }

    /**
     * The host connects to an address in its own network, and the connection takes the place of the program's socket. For
     * {@code connect(2)}, whose descriptor is the first argument. If it can't be made, the call fails with that error. The new
     * socket blocks, and has no options of the old one.
     *
     * @param address resolved, of TCP
     * @param descriptor the program's number of the socket, {@code call.argument(0)}
     * @return a response
     * @throws IllegalArgumentException if the address is unresolved or the descriptor negative
     */
    static SyscallResponse connect(InetSocketAddress address, long descriptor) {
        return new Connect(address, (int) Checks.range("descriptor", descriptor, 0, Integer.MAX_VALUE));
    }

    /**
     * The kernel makes the call after all, with whatever the program's memory holds by then: another of its threads may have changed
     * what the handler has read. Right only where the decision depends on no memory; and filters still hold.
     *
     * @return a response
     */
    static SyscallResponse proceed() {
        return new Proceed();
    }
}
