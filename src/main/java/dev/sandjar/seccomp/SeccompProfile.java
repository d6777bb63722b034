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
 * A list of rules that says which system calls a program may make ({@code seccomp(2)}), for {@link
 * dev.sandjar.Confinement#seccomp(SeccompProfile)}. Immutable and thread-safe. Compiled profiles are kept: up to 256 in a
 * JVM, one for each set of capabilities and of handlers that a profile is used with.
 *
 * <pre>{@code
 * SeccompProfile profile = SeccompProfile.standard().toBuilder()
 *         .denySockets()
 *         .deny("ptrace", "mlockall")
 *         .rule(SeccompAction.errno("EPERM"), "ioctl", SyscallArgument.at(1).masked(0xffffffffL, 0x5412))
 *         .build();
 * }</pre>
 *
 * <p>With every filter, calls of another architecture (32-bit calls of a 64-bit program) end the process, and calls of x32 fail with
 * ENOSYS. Numbers that Sandjar's tables of system calls don't have, which are those of newer calls, get {@link #unknownAction()}: ENOSYS,
 * unless the profile says otherwise.
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
     * Makes a profile from its parts.
     *
     * @param name the name that {@link dev.sandjar.Sandbox#explain()} and messages show
     * @param defaultAction what happens to known calls that no rule matches
     * @param unknownAction what happens to numbers that no table has: newer calls
     * @param rules the rules; of those for one call, the first that matches counts; names that no table has are passed over
     * @param flags the flags with which the kernel installs the filter
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
     * Returns the profile for ordinary programs that are not trusted. It allows what Python, a JVM, Node, compilers and databases need,
     * and less than what Docker allows its containers. Namespaces, mounts, keys, io_uring, BPF, modules and setting of clocks are refused.
     * Sockets are those of AF_UNIX, of TCP and UDP of AF_INET and AF_INET6, and of NETLINK_ROUTE. {@code clone3} fails with ENOSYS, so
     * that C libraries go back to {@code clone}, whose flags a filter can see. A program that keeps a capability gets back the calls that
     * need it, such as raw sockets with CAP_NET_RAW.
     *
     * <p>No file of the host gets S_ISUID, which would lend the rights of its owner to whoever runs it there: {@code chmod}, {@code open}
     * and {@code mknod} with such modes fail with EPERM, {@code openat2} with ENOSYS. Of S_ISGID is refused what would lend rights to
     * strangers; {@link dev.sandjar.Sandbox#explain()} says which of these cases a sandbox is:
     *
     * <ul>
     *   <li>All modes are free if the sandbox has a root of its own, may write to nothing of the host's and keeps no changes, or if the
     *       program keeps CAP_FSETID.
     *   <li>S_ISGID may be set, as far as the kernel does not drop it for groups that the program is not in, if each directory of the host
     *       that the sandbox may write to is S_ISGID itself and has no other group than the program's, is written to with ids that nobody
     *       on the host has, or lies below a directory that nobody but its owner may enter. What counts is how these directories are at
     *       the first start.
     *   <li>S_ISGID is refused in modes that both the group and others may execute, if another directory of the host may be written to, or
     *       if there are handlers of calls ({@link dev.sandjar.Confinement#onSyscall}) and the ids are somebody's on the host.
     *   <li>All such modes are refused if the sandbox has the host's root or mount namespace.
     *   <li>A start that hands over a file of the host ({@link dev.sandjar.Descriptor#writeTo}, or output to a file without {@link
     *       dev.sandjar.SandboxBuilder#outputLimit}) has these refusals too.
     *   <li>A filter that is used elsewhere, by {@link #toJson()}, refuses all such modes.
     * </ul>
     *
     * <p>It also refuses calls that unprivileged programs may make elsewhere:
     *
     * <ul>
     *   <li>with ENOSYS: asynchronous I/O ({@code io_setup} and what goes with it), {@code pkey_*}, {@code futex_wait},
     *       {@code futex_wake}, {@code futex_requeue} and {@code futex_waitv}, {@code memfd_secret}, {@code remap_file_pages},
     *       {@code vmsplice}; and {@code mq_*}, which {@link dev.sandjar.Mounts#mqueue} brings back
     *   <li>with ENOSYS too: {@code ptrace}, {@code process_vm_readv} and {@code process_vm_writev}, unless the sandbox has a PID
     *       namespace of its own ({@link dev.sandjar.SandboxBuilder#pidNamespace}), in which there is no process of others to trace
     *   <li>with EOPNOTSUPP: setting and removing extended attributes, unless CAP_SETFCAP is kept; reading them goes on
     *   <li>by their arguments: filters on sockets (SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF and EBPF), UDP_ENCAP,
     *       TCP_ULP, TCP_LINGER2 and IPV6_FLOWLABEL_MGR (ENOPROTOOPT); PR_SET_MM, and F_SETPIPE_SZ beyond the 64 KiB that a pipe has (EPERM);
     *       PR_SET_MEMORY_MERGE, MADV_MERGEABLE, F_SETLEASE and F_NOTIFY (EINVAL); TIOCSTI, TIOCLINUX and TIOCSETD (EPERM); huge pages
     *       (MFD_HUGETLB EINVAL, MAP_HUGETLB ENOMEM, SHM_HUGETLB EPERM), which {@link dev.sandjar.Limits#hugetlb} brings back
     * </ul>
     *
     * <p>{@link Builder#allow} allows any of these calls again with all its arguments, and {@link Builder#rule} with some. Methods that
     * allow a group of calls, such as {@link Builder#allowSockets}, leave these arguments refused. Programs may restrict themselves
     * further, by {@code seccomp} and {@code landlock_*}.
     *
     * @return the profile, the default of {@link dev.sandjar.Sandbox#untrusted()}
     */
    public static SeccompProfile standard() {
        return Engine.get().profiles().standardProfile();
    }

    /**
     * Returns the profile for programs that only compute. It refuses sockets, and new processes and threads. Files can be opened for
     * reading only, so that results go to descriptors that the program was given. {@code ioctl} reads a terminal's state, size and
     * foreground process group and the number of bytes that wait (TCGETS, TIOCGWINSZ, TIOCGPGRP, FIONREAD), and sets FIONBIO and FIOCLEX.
     * {@code execve} stays possible, since it is what starts the program under the filter; it gives no privileges.
     *
     * @return the profile
     */
    public static SeccompProfile strict() {
        return Engine.get().profiles().strictProfile();
    }

    /**
     * Returns the profile that installs no filter.
     *
     * @return the profile, the default of {@link dev.sandjar.Sandbox#builder()}
     */
    public static SeccompProfile none() {
        return NONE;
    }

    /**
     * Reads a profile in the format of Docker, Podman and containerd, or the "linux.seccomp" object of an OCI runtime configuration
     * (also the whole config.json). Names that no table has are passed over, as newer profiles name newer calls. Of the rules for one
     * call, the first that matches counts. A rule with several conditions on one argument becomes one rule for each of its conditions, as
     * with runc. {@link #unknownAction()} becomes ENOSYS if the default action is an error, and else the default action.
     *
     * @param json the text, at most 1,048,576 characters
     * @return the profile
     * @throws IllegalArgumentException if the text is malformed or longer, or has a field that is not known, or asks for something that
     *     Sandjar doesn't do (SCMP_ACT_TRACE, listenerPath); the message says where
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    public static SeccompProfile fromJson(String json) {
        return Engine.get().profiles().readProfile(json);
    }

    /**
     * Reads a profile from a file, in the formats of {@link #fromJson(String)}.
     *
     * @param file a regular file in UTF-8, at most 1 MiB; a link that a guest may have made is not followed
     * @return the profile, with the file's name
     * @throws IllegalArgumentException if the profile is malformed or larger, or asks for something that Sandjar doesn't do
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     * @throws IOException if the file can't be read, is not a regular file or not UTF-8, or a guest may have made a link on the way to it
     */
    public static SeccompProfile fromJson(Path file) throws IOException {
        return Engine.get().profiles().readProfile(file);
    }

    /**
     * Returns a builder of a profile that refuses calls that it doesn't name with EPERM, and numbers that no table has with ENOSYS.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder(of(Builder.CUSTOM, EPERM, ENOSYS, List.of(), Set.of()));
    }

    /**
     * Returns a builder that begins with the actions, rules and flags of this profile. The builder of {@link #none()} begins with a filter
     * that lets every call pass.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(
                filters ? this : of(Builder.CUSTOM, SeccompAction.allow(), SeccompAction.allow(), List.of(), Set.of()));
    }

    /**
     * Returns this profile as JSON that Docker, Podman, runc and crun read. {@link #fromJson(String)} makes a profile of it that does the
     * same, but for the action on unknown calls, which the format doesn't have. Where several rules with different actions name one call,
     * the first that matches counts for Sandjar; other programs may weigh them in another way, or refuse them: libseccomp, by which runc
     * makes filters, takes no exception to a later rule of the same call, as {@link #standard()} has for {@code socket(2)} ("file exists").
     *
     * @return JSON text
     * @throws IllegalStateException if a rule has several conditions on one argument ({@link Builder#rule}), all of which have to
     *     hold: in the format any one of them would do. Also if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    public String toJson() {
        return Engine.get().profiles().writeProfile(this);
    }

    /**
     * Returns the name that {@link dev.sandjar.Sandbox#explain()} and messages show.
     *
     * @return a name such as "standard", or "custom, from standard"
     */
    public String name() {
        return name;
    }

    /**
     * Tells whether this profile installs no filter.
     *
     * @return whether this is {@link #none()}
     */
    public boolean isNone() {
        return !filters;
    }

    /**
     * Returns the action on known calls that no rule matches.
     *
     * @return the action
     */
    public SeccompAction defaultAction() {
        return defaultAction;
    }

    /**
     * Returns the action on numbers that no table has.
     *
     * @return the action
     */
    public SeccompAction unknownAction() {
        return unknownAction;
    }

    /**
     * Returns the rules; of those for one call, the first that matches counts.
     *
     * @return an immutable list
     */
    public List<SeccompRule> rules() {
        return rules;
    }

    /**
     * Returns a profile with the name, actions and flags of this one and with other rules.
     *
     * @param newRules the rules; of those for one call, the first that matches counts
     * @return a profile that installs a filter, also where this is {@link #none()}
     */
    public SeccompProfile rules(List<SeccompRule> newRules) {
        return of(name, defaultAction, unknownAction, newRules, flags);
    }

    /**
     * Returns the flags with which the kernel installs the filter.
     *
     * @return an immutable set
     */
    public Set<SeccompFlag> flags() {
        return flags;
    }

    /** Compares actions, rules and flags; names don't count. */
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
     * Builds a {@link SeccompProfile}. What is said later about a system call counts before what was said earlier. Not thread-safe.
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
         * Sets the action on known calls that no rule matches.
         *
         * @param action the action; {@link SeccompProfile#builder()} begins with EPERM
         * @return this
         */
        public Builder defaultAction(SeccompAction action) {
            defaultAction = Objects.requireNonNull(action, "action");
            return this;
        }

        /**
         * Sets the action on numbers that no table has, which are those of newer calls.
         *
         * @param action the action; {@link SeccompProfile#builder()} begins with ENOSYS, which is what programs are written for
         * @return this
         */
        public Builder unknownAction(SeccompAction action) {
            unknownAction = Objects.requireNonNull(action, "action");
            return this;
        }

        /**
         * Allows calls with all arguments, also with those that the profile which this builder began with refuses.
         *
         * @param names the names of system calls, such as "ptrace"
         * @return this
         * @throws IllegalArgumentException if no system call has one of the names
         */
        public Builder allow(String... names) {
            Checks.elements("names", names);
            return add(SeccompAction.allow(), List.of(names), List.of());
        }

        /**
         * Refuses calls with EPERM.
         *
         * @param names the names of system calls, such as "ptrace"
         * @return this
         * @throws IllegalArgumentException if no system call has one of the names
         */
        public Builder deny(String... names) {
            Checks.elements("names", names);
            return add(EPERM, List.of(names), List.of());
        }

        /**
         * Sets the action on a call whose arguments pass all conditions; for other arguments, what was said before still holds.
         *
         * @param action what happens to such a call
         * @param name the name of a system call, such as "ioctl"
         * @param arguments conditions on arguments, all of which have to hold; none for calls with any arguments
         * @return this
         * @throws IllegalArgumentException if no system call has this name
         */
        public Builder rule(SeccompAction action, String name, SyscallArgument... arguments) {
            Objects.requireNonNull(action, "action");
            Objects.requireNonNull(name, "name");
            Checks.elements("arguments", arguments);
            return add(action, List.of(name), List.of(arguments));
        }

        /**
         * Refuses to make sockets of any kind: {@code socket} and {@code socketpair} fail with EAFNOSUPPORT. Sockets that the program was
         * given still work.
         *
         * @return this
         */
        public Builder denySockets() {
            return add(Intents.NO_FAMILY, List.of("socket", "socketpair"), List.of());
        }

        /**
         * Allows sockets of these families, beside what was allowed before: TCP and UDP of AF_INET and AF_INET6, every type and protocol
         * of other families. Arguments of {@code setsockopt} that {@link SeccompProfile#standard()} refuses stay refused.
         *
         * @param families AF_* numbers of {@code address_families(7)}, 0 or more: 1 is AF_UNIX, 2 AF_INET, 10 AF_INET6
         * @return this
         * @throws IllegalArgumentException if one is negative
         */
        public Builder allowSockets(int... families) {
            Objects.requireNonNull(families, "families");
            for (int family : families) {
                Checks.range("address family", family, 0, Integer.MAX_VALUE);
                addAll(Intents.sockets(family));
            }
            return open(Intents.SOCKET_CALLS);
        }

        /**
         * Allows sockets for echo requests ({@code icmp(7)}, "ping sockets") of AF_INET and AF_INET6, beside what was allowed before. The
         * kernel makes them for the groups of net.ipv4.ping_group_range of the network namespace only. Raw sockets are not among them:
         * {@link SeccompProfile#standard()} allows those to programs that keep CAP_NET_RAW.
         *
         * @return this
         */
        public Builder allowIcmp() {
            return addAll(Intents.icmp());
        }

        /**
         * Allows threads, beside what was allowed before. {@code clone3} fails with ENOSYS, so that C libraries go back to {@code clone},
         * whose flags a filter can see.
         *
         * @return this
         */
        public Builder allowThreads() {
            return addAll(Intents.threads()).open(Intents.THREAD_CALLS);
        }

        /**
         * Allows processes and threads, but not in new namespaces, beside what was allowed before. {@code clone3} fails with ENOSYS, so
         * that C libraries go back to {@code clone}.
         *
         * @return this
         */
        public Builder allowProcesses() {
            return allowThreads().addAll(Intents.processes()).open(Intents.PROCESS_CALLS);
        }

        /**
         * Refuses to make processes: {@code fork}, {@code vfork} and {@code clone} without CLONE_THREAD fail with EPERM, {@code clone3}
         * with ENOSYS. Threads stay allowed or refused as they were.
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
         * Makes the profile. The builder stays usable, and the profile does not change with it.
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
