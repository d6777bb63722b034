package dev.sandjar;

import dev.sandjar.internal.notify.Answer;
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
public final class SyscallResponse {
    private static final int ERRNO_MAX = 4_095;

    private final Answer answer;
    private final String text;

    private SyscallResponse(Answer answer, String text) {
        this.answer = answer;
        this.text = text;
    }

    /**
     * The call is not made and returns a value.
     *
     * @param value what the program sees as its result
     * @return a response
     */
    public static SyscallResponse value(long value) {
        return new SyscallResponse(new Answer.Value(value), "value " + value);
    }

    /**
     * The call is not made and fails.
     *
     * @param name an error of {@code errno(3)}, such as "EACCES"
     * @return a response
     * @throws IllegalArgumentException if there is no such error
     */
    public static SyscallResponse errno(String name) {
        return errno(Errno.named(name)
                .orElseThrow(() -> new IllegalArgumentException("no error is called \"" + name + "\""))
                .number());
    }

    /**
     * The call is not made and fails.
     *
     * @param number of {@code errno(3)}, 1 to 4095
     * @return a response
     * @throws IllegalArgumentException if it is out of range
     */
    public static SyscallResponse errno(int number) {
        Checks.range("errno", number, 1, ERRNO_MAX);
        return new SyscallResponse(new Answer.Failure(number), "errno " + number);
    }

    /**
     * The host opens a file of its own, with its own rights, and the program gets the descriptor as the call's result. For calls
     * that return one, such as {@code openat(2)}. If it can't be opened, the call fails with that error.
     *
     * @param file on the host
     * @param write whether for reading and writing rather than for reading
     * @return a response
     */
    public static SyscallResponse open(Path file, boolean write) {
        return new SyscallResponse(
                new Answer.Open(Objects.requireNonNull(file), write), "open " + file + (write ? " for writing" : ""));
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
    public static SyscallResponse connect(InetSocketAddress address, long descriptor) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(
                    address + " is unresolved: look it up first, and decide on what was found");
        }
        Checks.range("descriptor", descriptor, 0, Integer.MAX_VALUE);
        return new SyscallResponse(new Answer.Connect(address, (int) descriptor), "connect to " + address);
    }

    /**
     * The kernel makes the call after all, with whatever the program's memory holds by then: another of its threads may have changed
     * what the handler has read. Right only where the decision depends on no memory; and filters still hold.
     *
     * @return a response
     */
    public static SyscallResponse proceed() {
        return new SyscallResponse(new Answer.Proceed(), "proceed");
    }

    Answer answer() {
        return answer;
    }

    @Override
    public String toString() {
        return text;
    }
}
