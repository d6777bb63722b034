package dev.sandjar.internal.launcher;

import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.Set;

/** What a relay may call once it has its sockets: it reads no file, makes no process, and no socket but of streams. */
final class RelayFilter {
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
                    "fstat",
                    "futex",
                    "getsockname",
                    "getsockopt",
                    "mmap",
                    "munmap",
                    "newfstatat",
                    "openat2",
                    "pipe2",
                    "recvmsg",
                    "restart_syscall",
                    "rt_sigreturn",
                    "sendmsg",
                    "setsockopt",
                    "shutdown",
                    "splice",
                    "unlinkat")
            .rule(SeccompAction.allow(), "socket", SyscallArgument.at(1).masked(TYPE, SOCK_STREAM))
            .build();

    private RelayFilter() {}

    static byte[] program() {
        return FilterCompiler.compile(PROFILE, Machine.host(), Set.of(), KernelVersion.host(), InterceptedCalls.NOTHING)
                .main();
    }
}
