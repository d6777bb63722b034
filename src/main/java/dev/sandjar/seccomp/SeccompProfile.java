package dev.sandjar.seccomp;

import dev.sandjar.internal.Engine;
import dev.sandjar.internal.util.Checks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which system calls a program may make ({@code seccomp(2)}). Immutable and thread-safe; compiled once per profile and host.
 *
 * <pre>{@code
 * SeccompProfile profile = SeccompProfile.standard().toBuilder()
 *         .denySockets()
 *         .deny("ptrace", "mlockall")
 *         .rule(SeccompAction.errno("EPERM"), "ioctl", SyscallArgument.at(1).masked(0xffffffffL, 0x5412))
 *         .build();
 * }</pre>
 *
 * <p>Whatever the profile: calls of another architecture (32-bit calls of a 64-bit program) end the process, calls of x32 fail with
 * ENOSYS. Numbers that the tables don't know, so newer calls, fail with ENOSYS too, unless the profile lets pass what it doesn't name.
 */
public final class SeccompProfile {
    private static final SeccompAction EPERM = SeccompAction.errno("EPERM");
    private static final SeccompAction ENOSYS = SeccompAction.errno("ENOSYS");
    private static final SeccompProfile NONE =
            new SeccompProfile("none", SeccompAction.allow(), SeccompAction.allow(), List.of(), Set.of(), false);

    private final String name;
    private final SeccompAction defaultAction;
    private final SeccompAction unknownAction;
    private final List<SeccompRule> rules;
    private final Set<SeccompFlag> flags;
    private final boolean filters;
    /** Of hundreds of rules, and asked for at each start: computed once; 0 until then. */
    private int hash;

    private SeccompProfile(
            String name,
            SeccompAction defaultAction,
            SeccompAction unknownAction,
            List<SeccompRule> rules,
            Set<SeccompFlag> flags,
            boolean filters) {
        this.name = Objects.requireNonNull(name, "name");
        this.defaultAction = Objects.requireNonNull(defaultAction, "defaultAction");
        this.unknownAction = Objects.requireNonNull(unknownAction, "unknownAction");
        this.rules = List.copyOf(rules);
        this.flags = flags.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(flags));
        this.filters = filters;
    }

    /**
     * A profile of its parts.
     *
     * @param name for people: {@link dev.sandjar.Sandbox#explain()} and messages have it
     * @param defaultAction for known calls that no rule matches
     * @param unknownAction for numbers that no table knows: newer calls
     * @param rules of those for one call, the first that matches counts; names that no table knows are passed over
     * @param flags how the kernel installs the filter
     * @return the profile
     */
    public static SeccompProfile of(
            String name,
            SeccompAction defaultAction,
            SeccompAction unknownAction,
            List<SeccompRule> rules,
            Set<SeccompFlag> flags) {
        return new SeccompProfile(name, defaultAction, unknownAction, rules, flags, true);
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
     * {@link dev.sandjar.Sandbox#explain()} says which it is. A start that hands over a file of the host ({@link dev.sandjar.Descriptor#writeTo}, or output to a
     * file without {@link dev.sandjar.SandboxBuilder#outputLimit}) has these refusals too. In a filter that is used elsewhere, by {@link #toJson()}, all
     * such modes are refused. Some calls are back for programs that keep the capability for them, CAP_FSETID in this case.
     *
     * <p>Refused, although unprivileged programs may call it elsewhere:
     *
     * <ul>
     *   <li>with ENOSYS: asynchronous I/O ({@code io_setup} and what goes with it), {@code pkey_*}, {@code futex_wait},
     *       {@code futex_wake}, {@code futex_requeue} and {@code futex_waitv}, {@code memfd_secret}, {@code remap_file_pages},
     *       {@code vmsplice}; and {@code mq_*}, which {@link dev.sandjar.Mounts#mqueue} brings back
     *   <li>with ENOSYS too: {@code ptrace}, {@code process_vm_readv} and {@code process_vm_writev}, unless the sandbox has a PID
     *       namespace of its own ({@link dev.sandjar.SandboxBuilder#pidNamespace}), in which there is nobody else to trace
     *   <li>with EOPNOTSUPP: setting and removing extended attributes, unless CAP_SETFCAP is kept; reading them goes on
     *   <li>by their arguments: filters on sockets (SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF and EBPF), UDP_ENCAP,
     *       TCP_ULP and IPV6_FLOWLABEL_MGR (ENOPROTOOPT); PR_SET_MM, and F_SETPIPE_SZ beyond the 64 KiB that a pipe has (EPERM), PR_SET_MEMORY_MERGE,
     *       MADV_MERGEABLE, F_SETLEASE and F_NOTIFY (EINVAL); TIOCSTI, TIOCLINUX and TIOCSETD (EPERM); huge pages (MFD_HUGETLB EINVAL, MAP_HUGETLB ENOMEM, SHM_HUGETLB EPERM), which
     *       {@link dev.sandjar.Limits#hugetlb} brings back
     * </ul>
     *
     * <p>{@link Builder#allow} brings any of these back by the name of the call, with all its arguments; {@link Builder#rule} with
     * some. What intents such as {@link Builder#allowSockets} open stays refused for those arguments. Programs may restrict themselves
     * further, by {@code seccomp} and {@code landlock_*}.
     *
     * @return the profile, the default of {@link dev.sandjar.Sandbox#untrusted()}
     */
    public static SeccompProfile standard() {
        return Engine.get().profiles().standardProfile();
    }

    /**
     * For pure computation: no sockets, no new processes or threads, no ioctl beyond a terminal's size and state; files can be opened
     * for reading only. Results go to descriptors that the program was given. {@code execve} stays possible, since it is what starts
     * the program under the filter; no privileges come with it.
     *
     * @return the profile
     */
    public static SeccompProfile strict() {
        return Engine.get().profiles().strictProfile();
    }

    /**
     * No filter.
     *
     * @return the profile, the default of {@link dev.sandjar.Sandbox#builder()}
     */
    public static SeccompProfile none() {
        return NONE;
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
        return Engine.get().profiles().readProfile(json);
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
        return Engine.get().profiles().readProfile(file);
    }

    /**
     * A builder for a profile that refuses what it doesn't name with EPERM.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder(of(Builder.CUSTOM, EPERM, ENOSYS, List.of(), Set.of()));
    }

    /**
     * A builder that begins with this profile. That of {@link #none()} lets everything pass.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(
                filters ? this : of(Builder.CUSTOM, SeccompAction.allow(), SeccompAction.allow(), List.of(), Set.of()));
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
        return Engine.get().profiles().writeProfile(this);
    }

    /**
     * What it is called in {@link dev.sandjar.Sandbox#explain()} and messages.
     *
     * @return such as "standard", or "custom, from standard"
     */
    public String name() {
        return name;
    }

    /**
     * Whether there is no filter at all.
     *
     * @return whether this is {@link #none()}
     */
    public boolean isNone() {
        return !filters;
    }

    /**
     * What happens to calls without a rule.
     *
     * @return the action
     */
    public SeccompAction defaultAction() {
        return defaultAction;
    }

    /**
     * What happens to numbers that no table knows.
     *
     * @return the action
     */
    public SeccompAction unknownAction() {
        return unknownAction;
    }

    /**
     * The rules; of those for one call, the first that matches counts.
     *
     * @return an immutable list
     */
    public List<SeccompRule> rules() {
        return rules;
    }

    /**
     * The same with other rules.
     *
     * @param newRules of those for one call, the first that matches counts
     * @return a filter, also where this is {@link #none()}
     */
    public SeccompProfile rules(List<SeccompRule> newRules) {
        return of(name, defaultAction, unknownAction, newRules, flags);
    }

    /**
     * How the kernel installs the filter.
     *
     * @return an immutable set
     */
    public Set<SeccompFlag> flags() {
        return flags;
    }

    /** Profiles that do the same are equal, whatever they are called. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof SeccompProfile that
                        && that.hashCode() == hashCode()
                        && that.filters == filters
                        && that.defaultAction.equals(defaultAction)
                        && that.unknownAction.equals(unknownAction)
                        && that.flags.equals(flags)
                        && that.rules.equals(rules));
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = Objects.hash(filters, defaultAction, unknownAction, flags, rules);
        }
        return hash;
    }

    @Override
    public String toString() {
        return "SeccompProfile(" + name + ")";
    }

    /**
     * Makes a profile, call by call. What is said later about a system call counts before what was said earlier. Not thread-safe.
     */
    public static final class Builder {
        private static final String CUSTOM = "custom";

        private final List<SeccompRule> rules;
        private SeccompAction defaultAction;
        private SeccompAction unknownAction;
        private final SeccompProfile origin;

        private Builder(SeccompProfile origin) {
            this.origin = origin;
            rules = new ArrayList<>(origin.rules);
            defaultAction = origin.defaultAction;
            unknownAction = origin.unknownAction;
        }

        /**
         * What happens to calls without a rule.
         *
         * @param action the action
         * @return this
         */
        public Builder defaultAction(SeccompAction action) {
            defaultAction = Objects.requireNonNull(action, "action");
            return this;
        }

        /**
         * What happens to numbers that no table knows: newer calls.
         *
         * @param action the action; ENOSYS is what programs are written for
         * @return this
         */
        public Builder unknownAction(SeccompAction action) {
            unknownAction = Objects.requireNonNull(action, "action");
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
            return add(SeccompAction.allow(), List.of(names), List.of());
        }

        /**
         * Refuses calls with EPERM.
         *
         * @param names of system calls
         * @return this
         * @throws IllegalArgumentException if one is unknown
         */
        public Builder deny(String... names) {
            return add(EPERM, List.of(names), List.of());
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
        public Builder rule(SeccompAction action, String name, SyscallArgument... arguments) {
            return add(action, List.of(name), List.of(arguments));
        }

        /**
         * No sockets of any kind: {@code socket} and {@code socketpair} fail with EAFNOSUPPORT. Descriptors that the program was given
         * still work.
         *
         * @return this
         */
        public Builder denySockets() {
            return add(Intents.NO_FAMILY, List.of("socket", "socketpair"), List.of());
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
                addAll(Intents.sockets(family));
            }
            return open(Intents.SOCKET_CALLS);
        }

        /**
         * Sockets for echo requests ({@code icmp(7)}, "ping sockets") of AF_INET and AF_INET6, as far as net.ipv4.ping_group_range of
         * the network allows them; beside what was allowed before. Raw ones need CAP_NET_RAW, with which they are allowed anyway.
         *
         * @return this
         */
        public Builder allowIcmp() {
            return addAll(Intents.icmp());
        }

        /**
         * Threads, but no further processes than were allowed before. {@code clone3} fails with ENOSYS.
         *
         * @return this
         */
        public Builder allowThreads() {
            return addAll(Intents.threads()).open(Intents.THREAD_CALLS);
        }

        /**
         * Processes and threads, but no namespaces. {@code clone3} fails with ENOSYS.
         *
         * @return this
         */
        public Builder allowProcesses() {
            return allowThreads().addAll(Intents.processes()).open(Intents.PROCESS_CALLS);
        }

        /**
         * No further processes; threads stay as they were.
         *
         * @return this
         */
        public Builder denyProcesses() {
            return addAll(Intents.noProcesses());
        }

        /** Lets calls pass, except for the arguments that no intent brings back. */
        private Builder open(List<String> names) {
            add(SeccompAction.allow(), names, List.of());
            rules.addAll(0, Engine.get().profiles().refusedArguments(names));
            return this;
        }

        /** One after the other, so that the last counts first. */
        private Builder addAll(List<SeccompRule> more) {
            more.forEach(rule -> rules.add(0, rule));
            return this;
        }

        private Builder add(SeccompAction action, List<String> names, List<SyscallArgument> arguments) {
            names.forEach(Engine.get().profiles()::checkSystemCall);
            if (!names.isEmpty()) {
                rules.add(0, SeccompRule.of(action, names, arguments));
            }
            return this;
        }

        /**
         * Makes the profile.
         *
         * @return an immutable profile
         */
        public SeccompProfile build() {
            SeccompProfile built = of(origin.name, defaultAction, unknownAction, rules, origin.flags);
            return built.equals(origin) || origin.name.startsWith(CUSTOM)
                    ? built
                    : of(CUSTOM + ", from " + origin.name, defaultAction, unknownAction, rules, origin.flags);
        }
    }
}
