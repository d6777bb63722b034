package dev.sandjar;

import dev.sandjar.internal.bpf.BuiltIns;
import dev.sandjar.internal.bpf.ProfileJson;
import dev.sandjar.internal.bpf.ProfileWriter;
import dev.sandjar.internal.bpf.RefusedArguments;
import dev.sandjar.internal.bpf.Returns;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.internal.launcher.HostTree;
import dev.sandjar.internal.policy.Circumstances;
import dev.sandjar.internal.policy.FilterPolicy;
import dev.sandjar.internal.policy.FilterRule;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Which system calls a program may make ({@code seccomp(2)}). Immutable and thread-safe; compiled once per profile and host.
 *
 * <pre>{@code
 * SeccompProfile profile = SeccompProfile.standard().toBuilder()
 *         .denySockets()
 *         .deny("ptrace", "mlockall")
 *         .rule(SeccompAction.errno("EPERM"), "ioctl", Argument.at(1).masked(0xffffffffL, 0x5412))
 *         .build();
 * }</pre>
 *
 * <p>Whatever the profile: calls of another architecture (32-bit calls of a 64-bit program) end the process, calls of x32 fail with
 * ENOSYS. Numbers that the tables don't know, so newer calls, fail with ENOSYS too, unless the profile lets pass what it doesn't name.
 */
public final class SeccompProfile {
    private final @Nullable FilterPolicy policy;

    private SeccompProfile(@Nullable FilterPolicy policy) {
        this.policy = policy;
    }

    /**
     * For ordinary programs that are not trusted: no stricter than Python, a JVM, Node, compilers and databases stand, and stricter
     * than what Docker gives its containers. No namespaces, mounts, keys, io_uring, BPF, modules or clocks; sockets of
     * AF_UNIX, TCP and UDP of AF_INET and AF_INET6, and NETLINK_ROUTE only; {@code clone3} fails with ENOSYS, so that C libraries go
     * back to {@code clone}, whose flags a filter can see. No file of the host gets S_ISUID, which would lend the rights of its owner
     * to whoever runs it there ({@code chmod}, {@code open} and {@code mknod} with such modes fail with EPERM, {@code openat2} with
     * ENOSYS). Where a sandbox may write to nothing of the host's, and keeps no changes, modes are free. Else S_ISGID may be set as far as
     * the kernel lets it, which drops it for groups that the program is not in, where that lends no right to strangers: in directories
     * that are S_ISGID themselves and have no other group than the program's, for ids that nobody on the host has, and below a directory
     * that nobody but its owner may enter, as these are at the first start; elsewhere only modes that others may not execute.
     * {@link Sandbox#explain()} says which it is. A start that hands over a file of the host ({@link Descriptor#writeTo}, or output to a
     * file without {@link SandboxBuilder#outputLimit}) has these refusals too. In a filter that is used elsewhere, by {@link #toJson()}, all
     * such modes are refused. Some calls are back for programs that keep the capability for them, CAP_FSETID in this case.
     *
     * <p>Refused, although unprivileged programs may call it elsewhere:
     *
     * <ul>
     *   <li>with ENOSYS: asynchronous I/O ({@code io_setup} and what goes with it), {@code pkey_*}, {@code futex_wait},
     *       {@code futex_wake}, {@code futex_requeue} and {@code futex_waitv}, {@code memfd_secret}, {@code remap_file_pages},
     *       {@code vmsplice}; and {@code mq_*}, which {@link SandboxBuilder#mqueue} brings back
     *   <li>with ENOSYS too: {@code ptrace}, {@code process_vm_readv} and {@code process_vm_writev}, unless the sandbox has a PID
     *       namespace of its own ({@link SandboxBuilder#pidNamespace}), in which there is nobody else to trace
     *   <li>with EOPNOTSUPP: setting and removing extended attributes, unless CAP_SETFCAP is kept; reading them goes on
     *   <li>by their arguments: filters on sockets (SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF and EBPF), UDP_ENCAP,
     *       TCP_ULP and IPV6_FLOWLABEL_MGR (ENOPROTOOPT); PR_SET_MM, and F_SETPIPE_SZ beyond the 64 KiB that a pipe has (EPERM), PR_SET_MEMORY_MERGE,
     *       MADV_MERGEABLE, F_SETLEASE and F_NOTIFY (EINVAL); TIOCSTI, TIOCLINUX and TIOCSETD (EPERM); huge pages (MFD_HUGETLB EINVAL, MAP_HUGETLB ENOMEM, SHM_HUGETLB EPERM), which
     *       {@link SandboxBuilder#hugetlbLimit} brings back
     * </ul>
     *
     * <p>{@link Builder#allow} brings any of these back by the name of the call, with all its arguments; {@link Builder#rule} with
     * some. What intents such as {@link Builder#allowSockets} open stays refused for those arguments. Programs may restrict themselves
     * further, by {@code seccomp} and {@code landlock_*}.
     *
     * @return the profile, the default of {@link Sandbox#untrusted()}
     */
    public static SeccompProfile standard() {
        return new SeccompProfile(BuiltIns.standard());
    }

    /**
     * For pure computation: no sockets, no new processes or threads, no ioctl beyond a terminal's size and state; files can be opened
     * for reading only. Results go to descriptors that the program was given. {@code execve} stays possible, since it is what starts
     * the program under the filter; no privileges come with it.
     *
     * @return the profile
     */
    public static SeccompProfile strict() {
        return new SeccompProfile(BuiltIns.strict());
    }

    /**
     * No filter.
     *
     * @return the profile, the default of {@link Sandbox#builder()}
     */
    public static SeccompProfile none() {
        return new SeccompProfile(null);
    }

    /**
     * Reads a profile in the format of Docker, Podman and containerd, or the "linux.seccomp" object of an OCI runtime configuration
     * (also the whole config.json). Calls that no table knows are passed over, as newer profiles name newer calls. Rules count in
     * their order: of those for one call, the first that matches.
     *
     * @param json the text, at most 1 MiB
     * @return the profile
     * @throws IllegalArgumentException if it is malformed, or has fields or actions (SCMP_ACT_TRACE, listenerPath) which mean something
     *     that isn't done here; the message says where
     */
    public static SeccompProfile fromJson(String json) {
        return new SeccompProfile(ProfileJson.read("from JSON", json));
    }

    /**
     * Reads a profile from a file, see {@link #fromJson(String)}.
     *
     * @param file a regular file in UTF-8, at most 1 MiB; a link that a guest may have made is not followed
     * @return the profile
     * @throws IllegalArgumentException if it is malformed or larger
     * @throws IOException if it can't be read
     */
    public static SeccompProfile fromJson(Path file) throws IOException {
        try (InputStream in = HostTree.content(file)) {
            return new SeccompProfile(ProfileJson.read(file, in));
        }
    }

    /**
     * A builder for a profile that refuses what it doesn't name with EPERM.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder(
                new FilterPolicy("custom", Returns.errno(Builder.EPERM), Returns.errno(Builder.ENOSYS), List.of(), 0));
    }

    /**
     * A builder that begins with this profile. That of {@link #none()} lets everything pass.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        FilterPolicy base = policy;
        return new Builder(
                base == null ? new FilterPolicy("custom", Returns.ALLOW, Returns.ALLOW, List.of(), 0) : base);
    }

    /**
     * This profile as JSON that Docker, Podman, runc and crun read. {@code fromJson(toJson())} does the same as this one, but for the
     * action on unknown calls, which the format doesn't have. Where several rules with different actions name one call, others may
     * weigh them differently: here the first that matches counts.
     *
     * @return JSON text
     * @throws IllegalStateException if a rule has several conditions on one argument ({@link Builder#rule}), all of which have to
     *     hold: in the format any one of them would do
     */
    public String toJson() {
        return ProfileWriter.write(policy == null ? toBuilder().build().required() : policy);
    }

    private FilterPolicy required() {
        return Objects.requireNonNull(policy);
    }

    @Nullable
    FilterPolicy policy() {
        return policy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeccompProfile profile && Objects.equals(profile.unnamed(), unnamed());
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(unnamed());
    }

    /** Profiles that do the same are equal, wherever they came from. */
    private @Nullable FilterPolicy unnamed() {
        return policy == null
                ? null
                : new FilterPolicy("", policy.defaultAction(), policy.unknownAction(), policy.rules(), policy.flags());
    }

    @Override
    public String toString() {
        return "SeccompProfile(" + (policy == null ? "none" : policy.name()) + ")";
    }

    /**
     * Makes a profile, call by call. What is said later about a system call counts before what was said earlier. Not thread-safe.
     */
    public static final class Builder {
        static final int EPERM = 1;
        static final int ENOSYS = 38;
        private static final int EAFNOSUPPORT = 97;
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

        private final List<FilterRule> rules;
        private int defaultAction;
        private int unknownAction;
        private final int flags;
        private final String base;
        private final FilterPolicy origin;

        private Builder(FilterPolicy policy) {
            origin = policy;
            rules = new ArrayList<>(policy.rules());
            defaultAction = policy.defaultAction();
            unknownAction = policy.unknownAction();
            flags = policy.flags();
            base = policy.name();
        }

        /**
         * What happens to calls without a rule.
         *
         * @param action the action
         * @return this
         */
        public Builder defaultAction(SeccompAction action) {
            defaultAction = action.value();
            return this;
        }

        /**
         * What happens to numbers that no table knows: newer calls.
         *
         * @param action the action; ENOSYS is what programs are written for
         * @return this
         */
        public Builder unknownAction(SeccompAction action) {
            unknownAction = action.value();
            return this;
        }

        /**
         * Lets calls pass with all arguments, also with those that the profile this one comes from refused.
         *
         * @param names of system calls
         * @return this
         * @throws IllegalArgumentException if one is unknown
         */
        public Builder allow(String... names) {
            return add(Returns.ALLOW, List.of(names), List.of());
        }

        /**
         * Refuses calls with EPERM.
         *
         * @param names of system calls
         * @return this
         * @throws IllegalArgumentException if one is unknown
         */
        public Builder deny(String... names) {
            return add(Returns.errno(EPERM), List.of(names), List.of());
        }

        /**
         * An action for calls whose arguments pass all conditions; for other arguments what was said before holds.
         *
         * @param action what happens
         * @param name of a system call
         * @param arguments conditions, all of which have to hold
         * @return this
         * @throws IllegalArgumentException if the name is unknown
         */
        public Builder rule(SeccompAction action, String name, Argument... arguments) {
            return add(
                    action.value(),
                    List.of(name),
                    Arrays.stream(arguments).map(Argument::test).toList());
        }

        /**
         * No sockets of any kind: {@code socket} and {@code socketpair} fail with EAFNOSUPPORT. Descriptors that the program was given
         * still work.
         *
         * @return this
         */
        public Builder denySockets() {
            return add(Returns.errno(EAFNOSUPPORT), List.of("socket", "socketpair"), List.of());
        }

        /**
         * Sockets of these families, beside what was allowed before: of AF_INET and AF_INET6 those of TCP and UDP, of the others every
         * type and protocol. What {@link SeccompProfile#standard()} refuses of {@code setsockopt} is refused here too.
         *
         * @param families AF_* numbers of {@code address_families(7)}: 1 is AF_UNIX, 2 AF_INET, 10 AF_INET6
         * @return this
         * @throws IllegalArgumentException if one is negative
         */
        public Builder allowSockets(int... families) {
            for (int family : families) {
                Checks.range("address family", family, 0, Integer.MAX_VALUE);
                if (family == AF_INET || family == AF_INET6) {
                    internet(family, SOCK_STREAM, 0, IPPROTO_TCP);
                    internet(family, SOCK_DGRAM, 0, IPPROTO_UDP);
                } else {
                    rule(SeccompAction.allow(), "socket", Argument.at(0).masked(INT, family));
                }
                rule(SeccompAction.allow(), "socketpair", Argument.at(0).masked(INT, family));
            }
            return open(
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
        }

        /**
         * Sockets for echo requests ({@code icmp(7)}, "ping sockets") of AF_INET and AF_INET6, as far as net.ipv4.ping_group_range of
         * the network allows them; beside what was allowed before. Raw ones need CAP_NET_RAW, with which they are allowed anyway.
         *
         * @return this
         */
        public Builder allowIcmp() {
            internet(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
            return internet(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
        }

        private Builder internet(int family, int type, int... protocols) {
            for (int protocol : protocols) {
                rule(
                        SeccompAction.allow(),
                        "socket",
                        Argument.at(0).masked(INT, family),
                        Argument.at(1).masked(SOCK_TYPE_MASK, type),
                        Argument.at(2).masked(INT, protocol));
            }
            return this;
        }

        /**
         * Threads, but no further processes than were allowed before. {@code clone3} fails with ENOSYS.
         *
         * @return this
         */
        public Builder allowThreads() {
            rule(SeccompAction.allow(), "clone", Argument.at(0).masked(NEW_NAMESPACES | CLONE_THREAD, CLONE_THREAD));
            add(Returns.errno(ENOSYS), List.of("clone3"), List.of());
            return open("set_robust_list", "get_robust_list", "futex", "rseq", "set_tid_address", "gettid", "exit");
        }

        /**
         * Processes and threads, but no namespaces. {@code clone3} fails with ENOSYS.
         *
         * @return this
         */
        public Builder allowProcesses() {
            allowThreads();
            rule(SeccompAction.allow(), "clone", Argument.at(0).masked(NEW_NAMESPACES, 0));
            return open("fork", "vfork", "wait4", "waitid", "execve", "execveat");
        }

        /**
         * No further processes; threads stay as they were.
         *
         * @return this
         */
        public Builder denyProcesses() {
            add(Returns.errno(EPERM), List.of("fork", "vfork"), List.of());
            rule(SeccompAction.errno("EPERM"), "clone", Argument.at(0).masked(CLONE_THREAD, 0));
            return add(Returns.errno(ENOSYS), List.of("clone3"), List.of());
        }

        /** Lets calls pass, except for the arguments that no intent brings back. */
        private Builder open(String... names) {
            allow(names);
            rules.addAll(0, RefusedArguments.of(List.of(names)));
            return this;
        }

        private Builder add(int action, List<String> names, List<dev.sandjar.internal.policy.ArgumentTest> tests) {
            for (String name : names) {
                if (!SyscallTable.isKnown(name)) {
                    throw new IllegalArgumentException("no system call is called \"" + name + "\""
                            + SyscallTable.similar(name)
                                    .map(s -> "; did you mean \"" + s + "\"?")
                                    .orElse(""));
                }
            }
            if (!names.isEmpty()) {
                rules.add(0, new FilterRule(names, action, tests, Circumstances.NONE, Circumstances.NONE));
            }
            return this;
        }

        /**
         * Makes the profile.
         *
         * @return an immutable profile
         */
        public SeccompProfile build() {
            FilterPolicy same = new FilterPolicy(base, defaultAction, unknownAction, rules, flags);
            String name = same.equals(origin) || base.startsWith("custom") ? base : "custom, from " + base;
            return new SeccompProfile(new FilterPolicy(name, defaultAction, unknownAction, rules, flags));
        }
    }
}
