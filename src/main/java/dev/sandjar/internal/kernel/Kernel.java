package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import java.util.List;

/**
 * The system calls that the JDK does not offer. Every method returns what the call returns, or the error number negated
 * ({@code errno(3)}). Descriptors are made close-on-exec, so that no other child of the host process inherits them.
 */
public interface Kernel {
    int O_RDONLY = 0;
    int O_WRONLY = 1;
    int O_RDWR = 2;
    int O_CREAT = 0100;
    int O_EXCL = 0200;
    int O_TRUNC = 01000;
    int O_APPEND = 02000;
    int O_NONBLOCK = 04000;
    int O_CLOEXEC = 02000000;
    int O_PATH = 010000000;
    int O_DIRECTORY = Architecture.ofThisJvm().directory();
    int O_NOFOLLOW = Architecture.ofThisJvm().noFollow();
    int POLLIN = 1;
    int POLLOUT = 4;
    int POLLHUP = 16;
    int EPOLL_CTL_ADD = 1;
    int EPOLL_CTL_DEL = 2;
    int EPOLLONESHOT = 1 << 30;
    int F_SETFL = 4;

    /** The kernel of this process. */
    static Kernel get() throws SandboxException {
        return JnaKernel.instance();
    }

    int open(byte[] path, int flags, int mode);

    int close(int fd);

    /** Read and write ends. */
    int pipe(int[] ends);

    /** A socket of {@code netlink(7)}, with this process's network at its other end. */
    int netlink(int protocol);

    /** Two connected SOCK_SEQPACKET sockets. */
    int socketPair(int[] ends);

    int memfd(String name, int flags);

    int read(int fd, byte[] buffer, int offset, int length);

    int write(int fd, byte[] buffer, int offset, int length);

    /** fcntl(2) with a number as its argument. */
    int fcntl(int fd, int command, long argument);

    /** Exclusive lock of a byte that belongs to the open file description; negative EAGAIN if another has it. */
    int lockByte(int fd, long offset);

    int unlockByte(int fd, long offset);

    /** Locks the whole of an open file ({@code flock(2)}, LOCK_EX): 0, or an error; {@code wait} until others let go of it. */
    int flock(int fd, boolean wait);

    /** Sets the size of a terminal. */
    int windowSize(int fd, int rows, int columns);

    /** Waits until {@code first} is ready for {@code events} or {@code second} for reading; a set bit 0 or 1 says which. */
    int pollTwo(int first, int events, int second);

    /** Waits until the descriptor is ready for {@code events}, or at its end; what it is ready for, POLLHUP 16 included. */
    int poll(int fd, int events);

    /** As {@link #poll(int, int)}, for at most so many milliseconds: then 0. */
    int poll(int fd, int events, int milliseconds);

    /** An epoll instance. */
    int epollCreate();

    /** epoll_ctl(2) with the descriptor's number as its data. */
    int epollControl(int epoll, int operation, int fd, int events);

    /** Waits for so many milliseconds at most; how many descriptors are ready, whose numbers are put into {@code fds}. */
    int epollWait(int epoll, int[] fds, int milliseconds);

    /** Memory outside of the Java heap, for calls that should not allocate any. */
    NativeBuffer buffer(int size);

    /** A path outside of the Java heap, for {@link #identify}. */
    NativeBuffer text(byte[] path);

    /** How many numbers {@link #identify} puts. */
    int IDENTITY = 3;

    /** Which of them is the time of the last change of the file itself, in nanoseconds since 1970. */
    int CHANGED = 2;

    /** Puts numbers at {@code at} that say which file a path names (links are not followed), zeros where there is none. */
    void identify(NativeBuffer path, long[] out, int at);

    /** Reads into the beginning of a buffer. */
    int read(int fd, NativeBuffer buffer, int length);

    /** Writes from the beginning of a buffer. */
    int write(int fd, NativeBuffer buffer, int offset, int length);

    /** fallocate(2), which with FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE gives memory of a memfd back. */
    int fallocate(int fd, int mode, long offset, long length);

    /** ioctl(2) on a structure, which is copied in and out. */
    int ioctl(int fd, long request, byte[] structure);

    /**
     * A stream socket that is connected to {@code address}, a struct sockaddr of family {@code domain}; negative ETIMEDOUT after
     * {@code millis} without an answer.
     */
    int connect(int domain, byte[] address, int millis);

    /** Sends one datagram with descriptors. */
    int send(int socket, byte[] datagram, int length, int[] fds);

    /** Sends no more ({@code shutdown(2)}, SHUT_WR): the peer comes upon the end. */
    int endSending(int socket);

    /** Neither sends nor receives any more ({@code shutdown(2)}, SHUT_RDWR): whoever waits for the socket comes upon the end. */
    int disconnect(int socket);

    /** Receives one datagram; 0 bytes when the peer is gone and everything that it has sent was received. */
    Received receive(int socket);

    /**
     * recvfrom(2) without waiting: how many bytes a datagram has, as many as fit, or -errno.
     *
     * @param address takes that of the sender
     * @param addressSize takes its size in its first place
     */
    int receiveFrom(int socket, byte[] buffer, byte[] address, int[] addressSize);

    /** sendto(2) without waiting. */
    int sendTo(int socket, byte[] datagram, int length, byte[] address, int addressSize);

    /** The same open file under a number that no file action of {@link #spawn} overwrites. */
    int raise(int fd);

    /**
     * Starts a program with {@code socket} as its descriptor 3, and 0 and 1 on /dev/null, no signal blocked or ignored. Its
     * process id.
     */
    int spawn(byte[] path, List<String> argv, List<String> environment, int socket);

    /** Waits for a child and forgets it; its wait status as {@code waitpid(2)} gives it. */
    int waitFor(int pid);

    int kill(int pid, int signal);

    /** A datagram with its descriptors; {@code length} is negative for an error. */
    @SuppressWarnings("ArrayRecordComponent") // made to be taken apart
    record Received(int length, byte[] data, int[] fds, boolean truncated) {}
}
