package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import java.util.List;

/** The kernel of this process, of which a test may change single calls. */
public class ForwardingKernel implements Kernel {
    public final Kernel real;

    public ForwardingKernel() {
        try {
            real = Kernel.get();
        } catch (SandboxException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public int open(byte[] path, int flags, int mode) {
        return real.open(path, flags, mode);
    }

    @Override
    public int close(int fd) {
        return real.close(fd);
    }

    @Override
    public int pipe(int[] ends) {
        return real.pipe(ends);
    }

    @Override
    public int netlink(int protocol) {
        return real.netlink(protocol);
    }

    @Override
    public int socketPair(int[] ends) {
        return real.socketPair(ends);
    }

    @Override
    public int memfd(String name, int flags) {
        return real.memfd(name, flags);
    }

    @Override
    public int read(int fd, byte[] buffer, int offset, int length) {
        return real.read(fd, buffer, offset, length);
    }

    @Override
    public int write(int fd, byte[] buffer, int offset, int length) {
        return real.write(fd, buffer, offset, length);
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        return real.fcntl(fd, command, argument);
    }

    @Override
    public int lockByte(int fd, long offset) {
        return real.lockByte(fd, offset);
    }

    @Override
    public int unlockByte(int fd, long offset) {
        return real.unlockByte(fd, offset);
    }

    @Override
    public int flock(int fd, boolean wait) {
        return real.flock(fd, wait);
    }

    @Override
    public int windowSize(int fd, int rows, int columns) {
        return real.windowSize(fd, rows, columns);
    }

    @Override
    public int poll(int fd, int events) {
        return real.poll(fd, events);
    }

    @Override
    public int poll(int fd, int events, int milliseconds) {
        return real.poll(fd, events, milliseconds);
    }

    @Override
    public NativeBuffer text(byte[] path) {
        return real.text(path);
    }

    @Override
    public void identify(NativeBuffer path, long[] out, int at) {
        real.identify(path, out, at);
    }

    @Override
    public NativeBuffer buffer(int size) {
        return real.buffer(size);
    }

    @Override
    public int read(int fd, NativeBuffer buffer, int length) {
        return real.read(fd, buffer, length);
    }

    @Override
    public int write(int fd, NativeBuffer buffer, int offset, int length) {
        return real.write(fd, buffer, offset, length);
    }

    @Override
    public int fallocate(int fd, int mode, long offset, long length) {
        return real.fallocate(fd, mode, offset, length);
    }

    @Override
    public int ioctl(int fd, long request, byte[] structure) {
        return real.ioctl(fd, request, structure);
    }

    @Override
    public int connect(int domain, byte[] address, int millis) {
        return real.connect(domain, address, millis);
    }

    @Override
    public int pollTwo(int first, int events, int second) {
        return real.pollTwo(first, events, second);
    }

    @Override
    public int send(int socket, byte[] datagram, int length, int[] fds) {
        return real.send(socket, datagram, length, fds);
    }

    @Override
    public Received receive(int socket) {
        return real.receive(socket);
    }

    @Override
    public int receiveFrom(int socket, byte[] buffer, byte[] address, int[] addressSize) {
        return real.receiveFrom(socket, buffer, address, addressSize);
    }

    @Override
    public int sendTo(int socket, byte[] datagram, int length, byte[] address, int addressSize) {
        return real.sendTo(socket, datagram, length, address, addressSize);
    }

    @Override
    public int raise(int fd) {
        return real.raise(fd);
    }

    @Override
    public int spawn(byte[] path, List<String> argv, List<String> environment, int socket) {
        return real.spawn(path, argv, environment, socket);
    }

    @Override
    public int waitFor(int pid) {
        return real.waitFor(pid);
    }

    @Override
    public int kill(int pid, int signal) {
        return real.kill(pid, signal);
    }

    @Override
    public int epollCreate() {
        return real.epollCreate();
    }

    @Override
    public int epollControl(int epoll, int operation, int fd, int events) {
        return real.epollControl(epoll, operation, fd, events);
    }

    @Override
    public int epollWait(int epoll, int[] fds, int milliseconds) {
        return real.epollWait(epoll, fds, milliseconds);
    }

    @Override
    public int endSending(int socket) {
        return real.endSending(socket);
    }

    @Override
    public int disconnect(int socket) {
        return real.disconnect(socket);
    }
}
