package dev.sandjar.seccomp;

import java.util.ArrayList;
import java.util.List;

/** Rules that the intents of a profile's builder stand for: in the order in which they are said, so that the last counts first. */
final class Intents {
    static final SeccompAction NO_FAMILY = SeccompAction.errno("EAFNOSUPPORT");

    /** What goes with sockets. */
    static final List<String> SOCKET_CALLS = List.of(
            "accept",
            "accept4",
            "bind",
            "connect",
            "getpeername",
            "getsockname",
            "getsockopt",
            "listen",
            "recvfrom",
            "recvmmsg",
            "recvmsg",
            "sendmmsg",
            "sendmsg",
            "sendto",
            "setsockopt",
            "shutdown");

    static final List<String> THREAD_CALLS =
            List.of("set_robust_list", "get_robust_list", "futex", "rseq", "set_tid_address", "gettid", "exit");
    static final List<String> PROCESS_CALLS = List.of("fork", "vfork", "wait4", "waitid", "execve", "execveat");

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    /** The rest of the type are flags. */
    private static final long SOCK_TYPE_MASK = 0xf;

    private static final int IPPROTO_ICMP = 1;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_UDP = 17;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final long INT = 0xffffffffL;
    /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
    private static final long NEW_NAMESPACES = 0x7E020000L;

    private static final long CLONE_THREAD = 0x10000L;

    private Intents() {}

    static List<SeccompRule> sockets(int family) {
        List<SeccompRule> rules = new ArrayList<>();
        if (family == AF_INET || family == AF_INET6) {
            rules.add(internet(family, SOCK_STREAM, 0));
            rules.add(internet(family, SOCK_STREAM, IPPROTO_TCP));
            rules.add(internet(family, SOCK_DGRAM, 0));
            rules.add(internet(family, SOCK_DGRAM, IPPROTO_UDP));
        } else {
            rules.add(allow("socket", SyscallArgument.at(0).masked(INT, family)));
        }
        rules.add(allow("socketpair", SyscallArgument.at(0).masked(INT, family)));
        return rules;
    }

    static List<SeccompRule> icmp() {
        return List.of(internet(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), internet(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6));
    }

    private static SeccompRule internet(int family, int type, int protocol) {
        return allow(
                "socket",
                SyscallArgument.at(0).masked(INT, family),
                SyscallArgument.at(1).masked(SOCK_TYPE_MASK, type),
                SyscallArgument.at(2).masked(INT, protocol));
    }

    static List<SeccompRule> threads() {
        return List.of(
                allow("clone", SyscallArgument.at(0).masked(NEW_NAMESPACES | CLONE_THREAD, CLONE_THREAD)), noClone3());
    }

    static List<SeccompRule> processes() {
        return List.of(allow("clone", SyscallArgument.at(0).masked(NEW_NAMESPACES, 0)));
    }

    static List<SeccompRule> noProcesses() {
        SeccompAction refused = SeccompAction.errno("EPERM");
        return List.of(
                SeccompRule.of(refused, List.of("fork", "vfork"), List.of()),
                SeccompRule.of(
                        refused, List.of("clone"), List.of(SyscallArgument.at(0).masked(CLONE_THREAD, 0))),
                noClone3());
    }

    /** So that C libraries go back to clone, whose flags a filter can see. */
    private static SeccompRule noClone3() {
        return SeccompRule.of(SeccompAction.errno("ENOSYS"), List.of("clone3"), List.of());
    }

    private static SeccompRule allow(String call, SyscallArgument... arguments) {
        return SeccompRule.of(SeccompAction.allow(), List.of(call), List.of(arguments));
    }
}
