package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallHandler;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What keeps programs from system calls and objects of the kernel, beside namespaces; for {@link SandboxBuilder#confinement}, and what
 * {@link Sandbox#confinement()} tells. no_new_privs is not among it: it is always set. Two are equal if they say the same and have the
 * same handlers. Immutable and thread-safe: each method returns a new value.
 *
 * <pre>{@code
 * builder.confinement(c -> c.recordDenials(true).onSyscall("connect", call -> SyscallResponse.errno("EACCES")))
 * }</pre>
 */
public final class Confinement {
    private static final Confinement NONE = new Confinement(SetValues.none(Part.class));

    private enum Part {
        SECCOMP,
        HANDLERS,
        RECORD_DENIALS,
        LANDLOCK,
        MITIGATE_SPECULATION,
        CORE_SCHEDULING
    }

    private final SetValues<Part> values;

    private Confinement(SetValues<Part> values) {
        this.values = values;
    }

    private Confinement with(Part part, Object value) {
        return new Confinement(values.with(part, value));
    }

    /** What is as by default is not set. */
    private Confinement with(Part part, boolean value) {
        return value ? new Confinement(values.with(part, true)) : new Confinement(values.without(Set.of(part)));
    }

    /**
     * Returns a confinement that consists of no_new_privs alone.
     *
     * @return the confinement that others are made from
     */
    public static Confinement none() {
        return NONE;
    }

    /**
     * Restricts the system calls of the program and of all that it starts, from its {@code execve(2)} on ({@code seccomp(2)}).
     *
     * @param profile {@link SeccompProfile#none()} takes an earlier one back
     * @return new confinement
     */
    public Confinement seccomp(SeccompProfile profile) {
        Objects.requireNonNull(profile, "profile");
        return profile.equals(SeccompProfile.none()) ? with(Part.SECCOMP, false) : with(Part.SECCOMP, profile);
    }

    /**
     * Asks a handler on the host about each call of {@code syscall}, whatever the profile says of it ({@code seccomp_unotify(2)}). Each
     * call costs a way to the host and back, some 20 microseconds. A call that a signal interrupts before the handler has it starts over
     * if the signal's handler has SA_RESTART, and else fails with EINTR; once the handler has it, only the end of the program interrupts
     * it (Linux 5.19).
     *
     * @param syscall a name such as "connect"
     * @param handler decides; called for one call of a started program at a time, on a thread of Sandjar's
     * @return new confinement
     * @throws IllegalArgumentException if no system call has this name
     */
    public Confinement onSyscall(String syscall, SyscallHandler handler) {
        Objects.requireNonNull(handler, "handler");
        Engine.get().profiles().checkSystemCall(syscall);
        SortedMap<String, SyscallHandler> all = values.map(Part.HANDLERS, String.class, SyscallHandler.class);
        all.put(syscall, handler);
        return with(Part.HANDLERS, Collections.unmodifiableSortedMap(all));
    }

    /**
     * Says whether the calls that the profile refuses with an error are counted, for {@link ExitReport#denials()}. Each refused call then
     * costs a way to the host and back; those that end the process are not counted, but lead to {@link Verdict#SECCOMP_VIOLATION}.
     *
     * @param wanted the default is false
     * @return new confinement
     */
    public Confinement recordDenials(boolean wanted) {
        return with(Part.RECORD_DENIALS, wanted);
    }

    /**
     * Restricts files, TCP ports, abstract sockets and signals by the kernel's {@code landlock(7)}, beside all other isolations.
     *
     * @param rules paths in them are paths inside the sandbox
     * @return new confinement
     */
    public Confinement landlock(Landlock rules) {
        return with(Part.LANDLOCK, Objects.requireNonNull(rules, "rules"));
    }

    /**
     * Says whether speculative store bypass and indirect branch speculation are turned off for the program and all that it starts
     * ({@code PR_SET_SPECULATION_CTRL(2const)}): with these a program could read what its own process should not show it. That costs
     * speed.
     *
     * @param wanted the default is false
     * @return new confinement
     */
    public Confinement mitigateSpeculation(boolean wanted) {
        return with(Part.MITIGATE_SPECULATION, wanted);
    }

    /**
     * Says whether the program never runs on a core whose other hyper-thread runs something else ({@code PR_SCHED_CORE(2const)}), against
     * side channels between them. This needs Linux 5.14 with CONFIG_SCHED_CORE, and SMT.
     *
     * @param wanted the default is false
     * @return new confinement
     */
    public Confinement coreScheduling(boolean wanted) {
        return with(Part.CORE_SCHEDULING, wanted);
    }

    /** {@return what system calls programs may make: {@link SeccompProfile#none()} if there is no filter} */
    public SeccompProfile seccomp() {
        return values.get(Part.SECCOMP, SeccompProfile.class).orElse(SeccompProfile.none());
    }

    /** {@return the handlers of system calls, by the names of these; a copy} */
    public SortedMap<String, SyscallHandler> handlers() {
        return values.map(Part.HANDLERS, String.class, SyscallHandler.class);
    }

    /** {@return whether refused calls are counted} */
    public boolean recordDenials() {
        return values.has(Part.RECORD_DENIALS);
    }

    /** {@return rules of Landlock, or empty if there are none} */
    public Optional<Landlock> landlock() {
        return values.get(Part.LANDLOCK, Landlock.class);
    }

    /** {@return whether speculation is restricted} */
    public boolean mitigateSpeculation() {
        return values.has(Part.MITIGATE_SPECULATION);
    }

    /** {@return whether the program never shares a core with others} */
    public boolean coreScheduling() {
        return values.has(Part.CORE_SCHEDULING);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Confinement that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** What is set; of a profile its name. */
    @Override
    public String toString() {
        return "seccomp " + seccomp().name() + ", handlers of " + handlers().keySet() + ", {"
                + values.without(Set.of(Part.SECCOMP, Part.HANDLERS)) + "}";
    }
}
