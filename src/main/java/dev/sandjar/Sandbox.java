package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.seccomp.LearnedProfile;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Hermeticity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A description of what processes may see and do, from which any number of them can be started. Immutable and
 * thread-safe; make one and share it, since the work of finding out what the host can do is done at the first start only.
 *
 * <pre>{@code
 * Sandbox sandbox = Sandbox.untrusted().bindReadOnly(Path.of("/opt/plugin"), "/plugin").build();
 * RunResult result = sandbox.run("python3", "/plugin/main.py");
 * }</pre>
 */
public final class Sandbox {
    private final SandboxPolicy policy;
    private final Optional<String> name;
    private final SandboxParts origin;
    private final SandboxActions actions;

    /**
     * Makes the sandbox of a policy.
     *
     * @param origin what was said, for further builders; not changed any more
     */
    Sandbox(SandboxPolicy policy, SandboxParts origin) {
        this.policy = policy;
        this.origin = origin;
        name = Optional.ofNullable(origin.name);
        actions = new SandboxActions(this, origin.listeners);
    }

    /**
     * Returns a builder with nothing but the safety floor, to which each call adds. The floor can't be switched off: no_new_privs, no
     * inherited descriptors, an empty environment, a session of its own, no capabilities, no core dumps, and the end of the sandbox with
     * the host JVM.
     *
     * @return a new builder
     */
    public static SandboxBuilder builder() {
        return new SandboxBuilder(new SandboxParts());
    }

    /**
     * Returns a builder with every isolation on, for hostile code, which each call relaxes or changes:
     *
     * <ul>
     *   <li>new namespaces of all eight kinds: an init as process 1, a network with loopback only, host name "sandbox",
     *       clock offsets of zero, ids of their own
     *   <li>no nested user namespaces
     *   <li>{@link RootFs#hostReadOnly()} with a private /proc (hidepid=invisible), a minimal /dev, and a /tmp and a
     *       /var/tmp in memory of 64 MiB each with mode 01777, nosuid and nodev; programs may run there and in /dev/shm, unless
     *       {@link Mounts#noexec()} is called. In another root a /var/tmp is mounted if there is a place for it
     *   <li>user 1000, group 1000, no supplementary groups, no capabilities
     *   <li>{@link SeccompProfile#standard()}, and what the kernel tells of the host hidden ({@link Mounts#maskKernelPaths()})
     *   <li>an empty session keyring, no core dumps, umask 022
     *   <li>the environment PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp LANG=C.UTF-8, and /tmp as working directory; in the view of the
     *       host USER and LOGNAME, as its /etc/passwd has them; TERM=xterm at a pseudo-terminal ({@link Command#pty})
     *   <li>at most 512 MiB of memory (no swap; tmpfs counts), 256 processes and threads, one processor's worth of CPU time,
     *       60 seconds of it, 60 seconds on the clock, and 64 MiB of output
     *   <li>RLIMIT_NPROC of four times as many processes, at least 1024, as a second line, where the kernel counts them for the sandbox
     *       alone: in a user namespace of its own since Linux 5.14; before, it counts all of the user's on the host
     *   <li>at most 1024 open files, 1024 queued signals, 200 KiB of POSIX message queues, 1 MiB of locked memory, 64 pseudo-terminals,
     *       16 inotify instances and 4096 inotify watches, which the kernel counts by user or for the whole machine
     *   <li>of /sys, in the view of the host, its processors, nodes of memory and transparent huge pages, read-only
     *   <li>where these are held by cgroups, the sandbox's own ones at /sys/fs/cgroup, read-only, so that runtimes size themselves by them
     * </ul>
     *
     * <p>Those bounds are held by cgroups. Where this host has none to give, resource limits carry what they can of the bounds that
     * come from here, and {@link #explain()} and {@link ExitReport#applied()} call them degraded; limits that the caller sets are
     * never weakened without {@link SandboxBuilder#allowDegraded}.
     *
     * <p>With {@link SandboxBuilder#minimumTier minimumTier(Tier.CONTAINER)} it also runs on hosts that refuse namespaces: {@link Landlock}
     * rules for the same files, further refusals of the filter, a private directory in place of /tmp and resource limits take their place,
     * each called degraded in {@link #explain()}. Where there is no Landlock either, before Linux 5.13 or where it is off, it is refused
     * all the same.
     *
     * <p>It doesn't defend against bugs of the kernel, and it can read what programs of the host read in /usr and parts of
     * /etc.
     *
     * @return a new builder
     */
    public static SandboxBuilder untrusted() {
        return Presets.untrusted();
    }

    /**
     * Returns a builder for programs whose outcome is to depend on declared inputs alone, so that the same run gives the same bytes on any
     * machine and for any user: tests, build steps, judges. It is {@link #untrusted()}, and besides
     *
     * <ul>
     *   <li>the root is {@link RootFs#empty()}, and what is written to it is captured ({@link RunResult#changes()}): what nobody declared
     *       is not there. Declare inputs with {@link SandboxBuilder#bindReadOnly}, {@link SandboxBuilder#file} and, for the host's
     *       compilers and interpreters, {@link SandboxBuilder#hostPrograms()}; {@code rootfs(RootFs.overlay(tree).captureChanges())}
     *       takes a whole tree
     *   <li>user and group 1000, "sandbox", and no others, whoever runs it ({@link IdMapping#alone()}); supplementary groups of a host
     *       user who may not drop them stay, and show as 65534
     *   <li>host and domain name "sandbox"; no home, no network but loopback
     *   <li>the environment of untrusted() and TMPDIR=/tmp USER=LOGNAME=sandbox LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=315532800
     *       PYTHONHASHSEED=0; the working directory /work, empty
     *   <li>monotonic and boot-time clock begin at one day ({@link Namespaces#clockStart(java.time.Duration)})
     *   <li>a /proc with processes only ({@link ProcOption#SUBSET_PID}): nothing of processors, memory, kernel and uptime
     *   <li>one processor ({@link ProcessAttributes#processors}), so that {@code nproc} and thread pools are the same
     *   <li>no address space randomization ({@code personality(2)}, ADDR_NO_RANDOMIZE), which makes errors of the program easier to
     *       exploit by its own inputs; {@code personality(0)} takes it back
     *   <li>8 MiB of stack, and no file above 256 MiB
     * </ul>
     *
     * <p>What the kernel can't fix stays the host's: the wall clock (no namespace shifts CLOCK_REALTIME; SOURCE_DATE_EPOCH is for
     * programs that heed it), times and order of directory entries, inode and device numbers, process ids and the numbers in
     * {@code /proc/self} (mounts, cgroups, memory maps), {@code uname -r}, features of the processor, memory as {@code sysinfo(2)}
     * tells it, randomness, and scheduling. {@link Hermeticity#check} finds programs that depend on some of these.
     *
     * @return a new builder
     */
    public static SandboxBuilder hermetic() {
        return Presets.hermetic();
    }

    /**
     * Returns a builder with all that this sandbox was built with, to make a similar one.
     *
     * @return a new builder
     */
    public SandboxBuilder toBuilder() {
        return new SandboxBuilder(origin.copyAsBase());
    }

    /**
     * Starts a program.
     *
     * @param command the program and its arguments, see {@link Command#of(List)}
     * @return the running process; close it
     * @throws IllegalArgumentException if the command is malformed
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    public SandboxProcess start(String... command) throws IOException {
        Objects.requireNonNull(command, "command");
        return start(Command.of(Arrays.asList(command)));
    }

    /**
     * Starts a program.
     *
     * @param command the program and its arguments, see {@link Command#of(List)}
     * @return the running process; close it
     * @throws IllegalArgumentException if the command is malformed
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    public SandboxProcess start(List<String> command) throws IOException {
        Objects.requireNonNull(command, "command");
        return start(Command.of(command));
    }

    /**
     * Starts a program.
     *
     * @param command what belongs to this start
     * @return the running process; close it
     * @throws IllegalArgumentException if the command has an {@linkplain Command#input input}, which is for
     *     {@link #run(Command)}
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    public SandboxProcess start(Command command) throws IOException {
        return actions.start(command);
    }

    /**
     * Runs a program to its end and brings its output back, at most the first 16 MiB of each stream, as {@link #run(Command)} does.
     *
     * @param command the program and its arguments, see {@link Command#of(List)}
     * @return output and report
     * @throws IllegalArgumentException if the command is malformed
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public RunResult run(String... command) throws IOException, InterruptedException {
        Objects.requireNonNull(command, "command");
        return run(Command.of(Arrays.asList(command)));
    }

    /**
     * Runs a program to its end and brings its output back, at most the first 16 MiB of each stream.
     *
     * @param command what belongs to this start
     * @return output and report
     * @throws IllegalArgumentException as {@link #run(Command, DataSize)}
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened, the output can't be read, or the command's input or a sink fails
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed, and once the program has begun, the exception
     *     is a {@link CommandInterruptedException} with what it had written
     */
    public RunResult run(Command command) throws IOException, InterruptedException {
        return actions.run(command);
    }

    /**
     * Runs a program to its end and brings its output back. Both streams are read and the {@linkplain Command#input input}
     * is written all at once, so that no full pipe stops the program; what is beyond the limit is read and dropped.
     *
     * @param command what belongs to this start
     * @param captureLimitPerStream how much of each stream is kept, 0 to 1 GiB
     * @return output and report, whatever the verdict; see {@link RunResult#orThrow()}
     * @throws IllegalArgumentException if the limit is out of range, or the command has a pseudo-terminal or pipes as
     *     further descriptors, which somebody would have to serve: use {@link #start(Command)} for them
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened, the output can't be read, or the command's input or a sink fails
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed, and once the program has begun, the exception
     *     is a {@link CommandInterruptedException} with what it had written
     */
    public RunResult run(Command command, DataSize captureLimitPerStream) throws IOException, InterruptedException {
        return actions.run(command, captureLimitPerStream);
    }

    /**
     * Runs a program to its end on other threads, as {@link #run(Command)} does. Whatever completes the future first, {@code cancel},
     * {@code orTimeout} or another, kills the sandbox with all that runs in it. A stage that was made of it does not: cancel this one. A
     * cancelled program has handed to its {@linkplain Command#stdout(OutputSink) sinks} what it had written.
     *
     * @param command what belongs to this start
     * @return a future that completes on a thread of Sandjar's, which work of some length is not for, with output and report; or with what
     *     {@link #run(Command)} throws
     * @throws IllegalArgumentException as {@link #run(Command, DataSize)}
     */
    public CompletableFuture<RunResult> runAsync(Command command) {
        return actions.runAsync(command);
    }

    /**
     * Runs a program to its end on other threads, as {@link #runAsync(Command)} does.
     *
     * @param command what belongs to this start
     * @param captureLimitPerStream how much of each stream is kept, 0 to 1 GiB
     * @return a future, as there
     * @throws IllegalArgumentException as {@link #run(Command, DataSize)}
     */
    public CompletableFuture<RunResult> runAsync(Command command, DataSize captureLimitPerStream) {
        return actions.runAsync(command, captureLimitPerStream);
    }

    /**
     * Runs a program once and watches which system calls it makes, to get the least profile that it needs. The sandbox is this one, but
     * instead of its seccomp profile every call is let through; so run what you trust, or in a sandbox that holds without. Each call
     * stops its thread for a moment ({@code ptrace(2)}, SECCOMP_RET_TRACE), so give it time; a program that traces others itself fails.
     * Only what this run did is learned: make it do everything.
     *
     * @param command what belongs to this start
     * @return what was learned
     * @throws IllegalArgumentException as {@link #run(Command)}
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind. Also if the
     *     program has used more than 256 domains, requests or options of one of the calls that are learned with them
     * @throws IOException if a redirect's file can't be opened or the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public LearnedProfile learn(Command command) throws IOException, InterruptedException {
        return actions.learn(command);
    }

    /**
     * Keeps sandboxes ready: namespaces, mounts, ids and cgroups are made before they are needed, so that a start only has to execute its
     * program. For one that is handed out another is made on another thread; each is used once. What is bound from the host is what it was
     * when the sandbox was made ready. Each waiting sandbox holds a process of some hundred KiB, and what else the policy has made.
     *
     * @param size how many are kept ready, 1 to 1,024
     * @return the pool, which fills while it is used; close it
     * @throws IllegalArgumentException if the size is out of range
     * @throws IllegalStateException if the changes of each start are kept or captured, or continued in one directory, each start has a
     *     copy of the image, or a {@link SandboxBuilder#cgroupPath} is set, which one sandbox at a time has
     * @throws UnsupportedIsolationException if this host can't give what was asked for
     * @throws SandboxException if the launcher can't be started, or {@code size} is 2 or more and the network has a port or socket of
     *     the host that is fixed, or a member with a name: one sandbox at a time has these, also one that waits
     * @throws IOException if the host can't be looked at
     */
    public SandboxPool pool(int size) throws IOException {
        return actions.pool(size);
    }

    /**
     * Begins a session: one sandbox for many commands, with a directory {@code /workspace} whose files stay. Nothing runs before its first
     * command. The directory is one of the host's, below {@code java.io.tmpdir}, which only this process may enter; how much is written
     * there altogether is not bounded but by that file system, each file by {@link Rlimit#FSIZE}.
     *
     * @return the session; close it
     * @throws IllegalArgumentException if the sandbox mounts something at {@code /workspace} itself
     * @throws IOException if the directory can't be made
     */
    public SandboxSession session() throws IOException {
        return actions.session(null);
    }

    /**
     * Begins a session, as {@link #session()} does, that is closed when nobody has used it for some time.
     *
     * @param idle 1 ms to 36500 days without a running command and without a call of the session or its files
     * @return the session; close it
     * @throws IllegalArgumentException if out of range, or the sandbox mounts something at {@code /workspace} itself
     * @throws IOException if the directory can't be made
     */
    public SandboxSession session(Duration idle) throws IOException {
        RunBounds.none().timeout(idle);
        return actions.session(idle);
    }

    /**
     * Makes a sandbox whose program is named later: its namespaces, mounts and limits are there when this returns.
     *
     * @return the sandbox; close it
     * @throws IllegalStateException if the changes of each start are kept or captured, each start has a copy of the image, or the sandbox
     *     has the host's root; but one that joins a mount namespace waits in the root of that namespace
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing is left
     * @throws SandboxException if a step of the set-up failed; nothing is left
     * @throws IOException if the launcher can't be reached
     * @throws InterruptedException if the thread is interrupted; nothing is left
     */
    public PreparedSandbox prepare() throws IOException, InterruptedException {
        return prepare(setup -> {});
    }

    /**
     * Makes a sandbox whose program is named later, and calls a listener when everything is there but the root is still the host's.
     *
     * @param listener is called once, on the calling thread; what it throws ends the sandbox
     * @return the sandbox; close it
     * @throws IllegalStateException if the changes of each start are kept or captured, each start has a copy of the image, or the sandbox
     *     has the host's root; but one that joins a mount namespace waits in the root of that namespace
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing is left
     * @throws SandboxException if a step of the set-up failed; nothing is left
     * @throws IOException if the launcher can't be reached, or the listener throws one
     * @throws InterruptedException if the thread is interrupted; nothing is left
     */
    public PreparedSandbox prepare(SandboxSetup.Listener listener) throws IOException, InterruptedException {
        return actions.prepare(listener);
    }

    /**
     * Writes what this sandbox asks for as JSON, from which {@link SandboxBuilder#fromJson} makes one with an equal policy and the same
     * plan. Needs the artifact com.fasterxml.jackson.core:jackson-databind. Fields have the names of the builder's calls; those of what is
     * not set are left out, and numbers are decimal, modes too. A path of the host and the content of a file are a string where their bytes
     * are UTF-8 without NUL, and else an object {@code {"base64": "..."}}. The field "version" is 1.
     *
     * <p>The text has all values of environment variables and all contents of files: it is as secret as they are.
     *
     * @return an object, in several lines
     * @throws IllegalStateException if something can't be written: a handler of {@link Confinement#onSyscall}, a {@link SandboxListener},
     *     a decider, listener or resolver of the {@link Network}, or an {@linkplain Network#attached(SandboxNetwork, SandboxNetwork...)
     *     attached} network, which is open in this JVM alone. Also if the artifact is missing
     */
    public String toJson() {
        return actions.toJson();
    }

    /**
     * Writes the plan of this sandbox for this host to a file, which the command {@code sandjar-run} ({@link Sandjar#extractRun}) carries out
     * without Java: {@code sandjar-run FILE -- PROGRAM}. The file replaces one of that name as a whole, and is its owner's alone to read and
     * write; it has all values of environment variables and all contents of files that the policy has. Needs no optional artifact.
     *
     * <p>A run has everything that a start of this sandbox has: namespaces, root, filter, limits, host ids and cgroups that no other run has
     * at the same time. The standard streams are the command's own. What was copied from the host when it was frozen, as small files of
     * {@code /etc} are, stays as it was then. The command refuses the file where the kernel, what it offers, this version of Sandjar,
     * the user, its capabilities, or a file that the set-up opens is another one.
     *
     * <p>Cgroups of runs are named {@code sandjar-run-} and sixteen digits. They are made in the cgroup of this process, on v2 beside it; with
     * {@link SandboxBuilder#cgroupPath} below that path. On v2 the cgroups above are made to hand controllers down.
     *
     * @param file where the plan is written
     * @throws IllegalStateException if the policy needs Java while it runs: a {@link SandboxListener}, {@link Confinement#onSyscall}, {@link
     *     Confinement#recordDenials}, ports and names of a {@link Network}, a network of several sandboxes, an image as
     *     the root, a writable layer that is kept, clocks that begin at a time
     * @throws UnsupportedIsolationException if this host can't give what was asked for
     * @throws SandboxException if something of the host can't be read
     * @throws IOException if the file can't be written
     */
    public void freeze(Path file) throws IOException {
        actions.freeze(file);
    }

    /**
     * Attacks this sandbox from inside, on this host: starts a program of Sandjar's in it that tries known ways out, those that
     * {@link Attestation#results} lists, each only so far that nothing is harmed, while a process, files and sockets made for this stand outside as targets. Takes a second or
     * two. The program comes in by a descriptor and needs {@code /proc} and {@code execve} inside; where it can't run, every attack is
     * {@link Attestation.Grade#NOT_ATTEMPTED}. Where a {@link Network#egress} has a
     * rule of a name, the program connects there too, for comparison, and says nothing: nobody outside is asked, and a listener hears of a
     * connection that ended.
     *
     * @return what came of each attack
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if a step of the set-up failed
     * @throws IOException if the targets can't be made
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public Attestation verify() throws IOException, InterruptedException {
        return Engine.get().verify(this);
    }

    /**
     * Says what each request becomes on this host, and why. Nothing is run but Sandjar's own launcher.
     *
     * @return the explanation, also of what is impossible: what the kernel or its administrator refuses, and paths of the host that can't be
     *     used, each with the cause and what helps
     * @throws SandboxException if the launcher can't be started
     * @throws IOException if the host can't be looked at
     */
    public Explanation explain() throws IOException {
        return actions.explain();
    }

    /** All of a start but its program. */
    void rehearse() throws IOException {
        actions.rehearse();
    }

    /**
     * The namespaces that the sandbox gets, and what is set inside them.
     *
     * @return also the new mount namespace that a root of its own brings
     */
    public Namespaces namespaces() {
        return policy.namespaces();
    }

    /**
     * The user that programs run as.
     *
     * @return the user, or empty where the user namespace, or the image that is the root, decides
     */
    public Optional<User> user() {
        return policy.user();
    }

    /**
     * What keeps programs from system calls and objects of the kernel.
     *
     * @return also who is asked about system calls
     */
    public Confinement confinement() {
        return policy.confinement();
    }

    /**
     * Where the root directory comes from.
     *
     * @return what {@link SandboxBuilder#rootfs} was given, or {@link RootFs#host()}
     */
    public RootFs rootfs() {
        return policy.rootfs();
    }

    /**
     * What is put into the root, in the order in which that is done.
     *
     * @return all of it, also the /proc and /dev that come with a root
     */
    public Mounts mounts() {
        return policy.mounts();
    }

    /**
     * What the sandbox's processes together may use.
     *
     * @return the limits, with what they bring where nothing else is said: a limit of memory ends all processes together
     */
    public Limits limits() {
        return policy.limits();
    }

    /**
     * How long the sandbox may run, what it may write, and how it is ended.
     *
     * @return the bounds
     */
    public RunBounds bounds() {
        return policy.bounds();
    }

    /**
     * What the sandbox's processes start with.
     *
     * @return the attributes
     */
    public ProcessAttributes process() {
        return policy.process();
    }

    /**
     * Whether the sandbox has a cgroup even without limits.
     *
     * @return whether {@link SandboxBuilder#accounting} was called
     */
    public boolean accounting() {
        return policy.accounting();
    }

    /**
     * Where the sandbox's cgroups are.
     *
     * @return the path, or empty where that is left to Sandjar
     */
    public Optional<CgroupPath> cgroupPath() {
        return policy.cgroupPath();
    }

    /**
     * The isolations that may be missing where the host can't give them.
     *
     * @return what {@link SandboxBuilder#allowDegraded} was given; immutable
     */
    public Set<Isolation> degradable() {
        return policy.degradable();
    }

    /**
     * The weakest tier that may carry the policy out.
     *
     * @return what {@link SandboxBuilder#minimumTier} was given; by default {@link Tier#NAMESPACES}
     */
    public Tier minimumTier() {
        return policy.minimumTier();
    }

    /**
     * Whether starts may be clones of a template, a process that holds what they can share of the set-up, the read-only mounts above all;
     * what belongs to one sandbox is made for it alone. See the guide to performance for when there is one.
     *
     * @return what {@link SandboxBuilder#template} was given; by default true, unless the system property {@code sandjar.template} is
     *     "false"
     */
    public boolean template() {
        return policy.template();
    }

    /**
     * How many sandboxes are kept warm: set up but for their program, so that the next starts only have to execute it, as with {@link
     * #pool(int)}. From the second start on, until no other has come for five seconds or what is bound has been replaced; all policies of
     * a JVM together have 32 at most. Only with PID and mount namespaces of the sandbox's own and a root that does not keep changes.
     *
     * @return 0 to 16, what {@link SandboxBuilder#warm} was given; by default 2, or what the system property {@code sandjar.warm} says
     */
    public int warm() {
        return policy.warm();
    }

    /**
     * The name of the sandbox on the host: in the events of the flight recorder, in logs, in {@link #explain()}, in {@link #toString()}
     * and in the exceptions of its starts ({@link SandboxException#sandbox()}). The sandbox does not see it, and it makes no difference to
     * {@link #equals}. Several sandboxes may have the same.
     *
     * @return what {@link SandboxBuilder#name} was given, or empty
     */
    public Optional<String> name() {
        return name;
    }

    /**
     * Whether the other sandbox asks for the same, so that programs would meet the same in both, whatever the names of the two.
     *
     * @param other anything
     * @return whether it is a sandbox of an equal policy, with the same handlers of system calls
     */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Sandbox that && policy.equals(that.policy);
    }

    @Override
    public int hashCode() {
        return policy.hashCode();
    }

    @Override
    public String toString() {
        return "Sandbox(" + name.map(text -> text + ", ").orElse("") + policy + ")";
    }
}
