package dev.sandjar.internal.kernel;

import com.sun.jna.Pointer;

/** The functions of the C library; whatever is not here, nothing can call. */
final class CLibrary {
    private CLibrary() {}

    static native int open(byte[] path, int flags, int mode);

    static native int close(int fd);

    static native int flock(int fd, int operation);

    static native int pipe2(int[] ends, int flags);

    static native int socketpair(int domain, int type, int protocol, int[] ends);

    static native int memfd_create(String name, int flags);

    static native long read(int fd, Pointer buffer, long size);

    static native long write(int fd, Pointer buffer, long size);

    static native int fcntl(int fd, int command, long argument);

    static native int ioctl(int fd, long request, Pointer argument);

    static native int socket(int domain, int type, int protocol);

    static native int connect(int fd, Pointer address, int length);

    static native int setsockopt(int fd, int level, int option, long[] value, int length);

    static native int poll(int[] fds, long count, int timeout);

    static native int epoll_create1(int flags);

    static native int epoll_ctl(int epoll, int operation, int fd, int[] event);

    static native int epoll_wait(int epoll, int[] events, int count, int timeout);

    static native int fallocate(int fd, int mode, long offset, long length);

    static native long sendmsg(int socket, Pointer message, int flags);

    static native int shutdown(int socket, int how);

    static native long recvmsg(int socket, Pointer message, int flags);

    static native long recvfrom(int socket, byte[] buffer, long size, int flags, byte[] address, int[] addressSize);

    static native long sendto(int socket, byte[] buffer, long size, int flags, byte[] address, int addressSize);

    static native int posix_spawn(
            Pointer pid, byte[] path, Pointer actions, Pointer attributes, Pointer argv, Pointer environment);

    static native int posix_spawn_file_actions_init(Pointer actions);

    static native int posix_spawn_file_actions_destroy(Pointer actions);

    static native int posix_spawn_file_actions_adddup2(Pointer actions, int fd, int as);

    static native int posix_spawn_file_actions_addopen(Pointer actions, int fd, String path, int flags, int mode);

    static native int posix_spawnattr_init(Pointer attributes);

    static native int posix_spawnattr_destroy(Pointer attributes);

    static native int posix_spawnattr_setflags(Pointer attributes, short flags);

    static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer set);

    static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer set);

    static native int waitpid(int pid, Pointer status, int options);

    static native int kill(int pid, int signal);
}
