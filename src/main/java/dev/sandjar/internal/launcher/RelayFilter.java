package dev.sandjar.internal.launcher;

import dev.sandjar.Network;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.intercept.Authority;
import dev.sandjar.network.PortRule;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.Set;

/**
 * What a relay may call once it has its sockets: it makes no process, no socket but of streams, and opens no file, unless a port
 * leads to a socket file of the host, which is looked up for each connection.
 */
final class RelayFilter {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final long TYPE = 0xf;

    /** With what C libraries make of them. */
    private static final SeccompProfile PROFILE = SeccompProfile.builder()
            .allow(
                    "accept4",
                    "brk",
                    "clock_gettime",
                    "close",
                    "connect",
                    "epoll_ctl",
                    "epoll_pwait",
                    "epoll_wait",
                    "exit",
                    "exit_group",
                    "fcntl",
                    "futex",
                    "getpeername",
                    "getsockname",
                    "getsockopt",
                    "mmap",
                    "munmap",
                    "pipe2",
                    "recvmsg",
                    "restart_syscall",
                    "rt_sigreturn",
                    "sendmsg",
                    "setsockopt",
                    "shutdown",
                    "splice",
                    "write")
            .rule(SeccompAction.allow(), "socket", SyscallArgument.at(1).masked(TYPE, SOCK_STREAM))
            .build();
    /** To find the host's socket of a path, for each connection. */
    private static final String[] FIND = {"fstat", "newfstatat", "openat2"};
    /** To remove a socket of its own in a directory that it has open. */
    private static final String[] REMOVE = {"newfstatat", "unlinkat"};

    private RelayFilter() {}

    static byte[] program(Network network) {
        SeccompProfile.Builder profile = PROFILE.toBuilder();
        for (PortRule port : network.rules().ports()) {
            if (port.hostSocket().isPresent()) {
                profile.allow(port.direction() == PortRule.Direction.PUBLISH ? REMOVE : FIND);
            }
        }
        if (Authority.isNeeded(network)) {
            profile.rule(
                    SeccompAction.allow(),
                    "socketpair",
                    SyscallArgument.at(0).equalTo(AF_UNIX),
                    SyscallArgument.at(1).masked(TYPE, SOCK_STREAM));
        }
        return FilterCompiler.compile(
                        profile.build(), Machine.host(), Set.of(), KernelVersion.host(), InterceptedCalls.NOTHING)
                .main();
    }
}
