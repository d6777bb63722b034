package dev.sandjar;

import dev.sandjar.image.Image;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.seccomp.SeccompProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * Says what a sandbox gets and what it is kept from. Mutable, not thread-safe; {@link #build()} makes the immutable {@link Sandbox} and
 * may be called again after further changes. {@link Sandbox#builder()} begins with nothing but the safety floor, {@link
 * Sandbox#untrusted()} with everything.
 *
 * <p>A method refuses a wrong argument with an {@link IllegalArgumentException} that names the value and what is allowed; {@link #build()}
 * refuses what only the whole can show. Neither looks at the host: whether it can do what is asked for, and whether paths exist, is found
 * by {@link Sandbox#explain()} and {@link Sandbox#start}.
 *
 * <p>Calling a method again replaces what it said before, except where it adds: environment, limits, capabilities, mounts. The order of
 * the calls doesn't matter; {@link Mounts} says which order mounts have, what replaces what, and what a guest path is. A host path, of
 * type {@link Path}, may be relative to the host's working directory at the time of the call.
 */
public final class SandboxBuilder {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,63}");

    final SandboxParts parts;

    SandboxBuilder(SandboxParts parts) {
        this.parts = parts;
    }

    /**
     * Reads what {@link Sandbox#toJson()} has written. The text is as trusted as a call of this builder: it can name any file of the host.
     *
     * @param json what could be understood in two ways, or only in part, is refused: unknown fields, names that are there twice, wrong
     *     types, numbers out of range, another version, more than 24 MiB, or more than 32 levels
     * @return a builder with that policy; what the text says counts as said by the caller, also what an image or a preset had said
     * @throws IllegalArgumentException if the text is no policy; the message begins with the place, a JSON Pointer (RFC 6901)
     * @throws IllegalStateException if the artifact com.fasterxml.jackson.core:jackson-databind is missing
     * @throws IOException if the root is an image, and its store has it no more or can't be read
     */
    public static SandboxBuilder fromJson(String json) throws IOException {
        return Engine.get().builder(Objects.requireNonNull(json, "json"));
    }

    /**
     * Gives the sandbox process ids of its own ({@code pid_namespaces(7)}), with an init: see {@link Namespaces#init(boolean)}.
     *
     * @return this
     */
    public SandboxBuilder pidNamespace() {
        return namespaces(n -> n.init(true));
    }

    /**
     * Gives the sandbox mounts of its own ({@code mount_namespaces(7)}). Any {@link #rootfs} but the host's does that too.
     *
     * @return this
     */
    public SandboxBuilder mountNamespace() {
        parts.withoutMounts = false;
        return namespaces(n -> n.unshare(NamespaceKind.MOUNT));
    }

    /**
     * Gives the sandbox a network of its own with loopback only ({@code network_namespaces(7)}): {@link Network#loopback()}.
     *
     * @return this
     */
    public SandboxBuilder networkNamespace() {
        return network(Network.loopback());
    }

    /**
     * Chooses the network of the sandbox ({@code network_namespaces(7)}). It has one: this replaces what an earlier call has chosen.
     *
     * @param network which one; the default is {@link Network#host()}
     * @return this
     */
    public SandboxBuilder network(Network network) {
        return namespaces(n -> n.network(network));
    }

    /**
     * Gives the sandbox System V objects and POSIX message queues of its own ({@code ipc_namespaces(7)}).
     *
     * @return this
     */
    public SandboxBuilder ipcNamespace() {
        return namespaces(n -> n.unshare(NamespaceKind.IPC));
    }

    /**
     * Gives the sandbox a host and a domain name of its own ({@code uts_namespaces(7)}), which are the host's at first.
     *
     * @return this
     */
    public SandboxBuilder utsNamespace() {
        return namespaces(n -> n.unshare(NamespaceKind.UTS));
    }

    /**
     * Gives the sandbox a host name of its own ({@code uts_namespaces(7)}).
     *
     * @param hostname 1 to 64 bytes without a NUL character
     * @return this
     */
    public SandboxBuilder utsNamespace(String hostname) {
        return namespaces(n -> n.unshare(NamespaceKind.UTS).hostname(hostname));
    }

    /**
     * Gives the sandbox user ids, group ids and capabilities of its own ({@code user_namespaces(7)}): {@link IdMapping#automatic()}.
     *
     * @return this
     */
    public SandboxBuilder userNamespace() {
        return userNamespace(IdMapping.automatic());
    }

    /**
     * Gives the sandbox user ids, group ids and capabilities of its own ({@code user_namespaces(7)}), with a choice of ids.
     *
     * @param mapping how ids inside relate to the host's
     * @return this
     */
    public SandboxBuilder userNamespace(IdMapping mapping) {
        return namespaces(n -> n.idMapping(mapping));
    }

    /**
     * Gives the sandbox a view of cgroups that begins at its own ({@code cgroup_namespaces(7)}).
     *
     * @return this
     */
    public SandboxBuilder cgroupNamespace() {
        return namespaces(n -> n.unshare(NamespaceKind.CGROUP));
    }

    /**
     * Gives the sandbox clock offsets of its own, which are zero ({@code time_namespaces(7)}, Linux 5.6), but not a wall clock.
     *
     * @return this
     */
    public SandboxBuilder timeNamespace() {
        return namespaces(n -> n.clockOffsets(Duration.ZERO, Duration.ZERO));
    }

    /**
     * Changes namespaces in the rarer ways, such as {@code namespaces(n -> n.join(NETWORK, path).sysctl("kernel.shmmax", "65536"))}.
     *
     * @param change receives the namespaces that are chosen so far
     * @return this
     */
    public SandboxBuilder namespaces(UnaryOperator<Namespaces> change) {
        Objects.requireNonNull(change, "change");
        parts.namespaces(Objects.requireNonNull(change.apply(parts.namespaces), "namespaces"));
        return this;
    }

    /**
     * Takes isolation back that a preset or an earlier call asked for, with what depends on it; see {@link Namespaces#share}.
     *
     * @param isolations the eight {@code ..._NAMESPACE}, {@link Isolation#NO_NESTED_USER_NAMESPACES} and {@link
     *     Isolation#SESSION_KEYRING}; the others have methods of their own, and are refused
     * @return this
     */
    public SandboxBuilder without(Isolation... isolations) {
        Checks.elements("isolations", isolations);
        List.of(isolations).forEach(parts::takeBack);
        return this;
    }

    /**
     * Runs the program as this user. With a user namespace the ids are those inside; without one the host process must be root. The
     * default is the first id of the map in a user namespace that maps several, which is 0 unless {@link IdMapping#of} says otherwise,
     * and the host process' ids in all other cases.
     *
     * @param uid user id, 0 to 4294967294
     * @param gid group id, 0 to 4294967294
     * @param groups supplementary group ids, 0 to 4294967294, at most 65536; the default is none
     * @return this
     */
    public SandboxBuilder user(long uid, long gid, long... groups) {
        Objects.requireNonNull(groups, "groups");
        parts.user(new User(uid, gid, LongStream.of(groups).boxed().toList()));
        return this;
    }

    /**
     * Chooses the root directory. Any but the host's brings a mount namespace, a minimal {@code /dev}, and with a new PID namespace a
     * {@code /proc}; that of an image brings what its configuration says and nobody has said otherwise, see {@link RootFs#image(Image)}.
     *
     * @param root which one; the default is {@link RootFs#host()}
     * @return this
     * @throws IllegalArgumentException if an image's configuration has variables, paths or a stop signal that no sandbox can have
     */
    public SandboxBuilder rootfs(RootFs root) {
        parts.root(root);
        return this;
    }

    /**
     * Shows a file or a directory of the host, with all that is mounted below it, for reading only; see {@link Mounts#bindReadOnly}.
     *
     * @param source file or directory of the host
     * @param target guest path
     * @param options of the mount
     * @return this
     */
    public SandboxBuilder bindReadOnly(Path source, String target, MountOption... options) {
        return mounts(m -> m.bindReadOnly(source, target, options));
    }

    /**
     * Shows a file or a directory of the host for reading and writing: changes there are changes of the host's; see {@link Mounts#bind}.
     *
     * @param source file or directory of the host
     * @param target guest path
     * @param options of the mount
     * @return this
     */
    public SandboxBuilder bind(Path source, String target, MountOption... options) {
        return mounts(m -> m.bind(source, target, options));
    }

    /**
     * Mounts an empty directory in memory ({@code tmpfs(5)}); see {@link Mounts#tmpfs(String, DataSize, MountOption...)}.
     *
     * @param target guest path
     * @param size what it may hold, at least 1 byte
     * @param options of the mount
     * @return this
     */
    public SandboxBuilder tmpfs(String target, DataSize size, MountOption... options) {
        return mounts(m -> m.tmpfs(target, size, options));
    }

    /**
     * Shows the host's programs, read-only: /usr, /bin, /sbin and /lib*, and of /etc what loaders, compilers and interpreters need. For
     * a root that has none itself; those of the host then are an input like any other. What a host doesn't have is left out.
     *
     * <p>Of the configuration of single programs only what forbids them something is shown: ImageMagick's. The rest, such as fonts, php,
     * R or texmf, is what the host prefers, and would make a result differ from host to host without a word; bind what is meant to be an
     * input, or take {@link RootFs#hostReadOnly()}, which follows the links that lead there.
     *
     * @return this
     * @throws IllegalArgumentException if one of these targets is taken
     */
    public SandboxBuilder hostPrograms() {
        HostPrograms.PATHS.forEach(path -> bindReadOnly(Path.of(path), path, MountOption.OPTIONAL));
        return this;
    }

    /**
     * Places a file with this content; see {@link Mounts#file(String, byte[], int)}.
     *
     * @param target guest path
     * @param content any bytes; copied
     * @param mode its permissions, 0 to 0777 (octal)
     * @return this
     */
    public SandboxBuilder file(String target, byte[] content, int mode) {
        return mounts(m -> m.file(target, content, mode));
    }

    /**
     * Places a text file with mode 0644; see {@link Mounts#file(String, byte[], int)}.
     *
     * @param target guest path
     * @param text encoded as UTF-8; what UTF-8 can't hold becomes "?"
     * @return this
     */
    public SandboxBuilder file(String target, String text) {
        return mounts(m -> m.file(target, text));
    }

    /**
     * Places a symbolic link; see {@link Mounts#symlink}.
     *
     * @param path guest path of the link
     * @param text what it points to
     * @return this
     */
    public SandboxBuilder symlink(String path, String text) {
        return mounts(m -> m.symlink(path, text));
    }

    /**
     * Mounts {@code /proc} for the sandbox's PID namespace; see {@link Mounts#proc}.
     *
     * @param options of the mount
     * @return this
     */
    public SandboxBuilder proc(ProcOption... options) {
        return mounts(m -> m.proc(options));
    }

    /**
     * Mounts a minimal {@code /dev} with a devpts of its own; see {@link Mounts#dev}.
     *
     * @return this
     */
    public SandboxBuilder dev() {
        return mounts(Mounts::dev);
    }

    /**
     * Hides what is at these places, whatever the order of the calls; see {@link Mounts#mask}.
     *
     * @param paths guest paths
     * @return this
     */
    public SandboxBuilder mask(String... paths) {
        return mounts(m -> m.mask(paths));
    }

    /**
     * Mounts something with exactly the options that it names; see {@link Mounts#mount}.
     *
     * @param mount what, where and how
     * @return this
     */
    public SandboxBuilder mount(Mount mount) {
        return mounts(m -> m.mount(mount));
    }

    /**
     * Changes what is put into the root, such as {@code mounts(m -> m.mqueue("/dev/mqueue").ptyLimit(4))}.
     *
     * @param change receives the mounts that are there so far
     * @return this
     */
    public SandboxBuilder mounts(UnaryOperator<Mounts> change) {
        Objects.requireNonNull(change, "change");
        parts.mounts = Objects.requireNonNull(change.apply(parts.mounts), "mounts");
        return this;
    }

    /**
     * Sets an environment variable; nothing is inherited from the host. See {@link ProcessAttributes#env(String, String)}.
     *
     * @param name not empty, without "="
     * @param value any text
     * @return this
     */
    public SandboxBuilder env(String name, String value) {
        return process(p -> p.env(name, value));
    }

    /**
     * Sets environment variables, besides those that are set already; see {@link ProcessAttributes#env(Map)}.
     *
     * @param variables names and values
     * @return this
     */
    public SandboxBuilder env(Map<String, String> variables) {
        return process(p -> p.env(variables));
    }

    /**
     * Sets the working directory. The default is "/" under a root that is not the host's, and the host process' otherwise.
     *
     * @param path guest path of an existing directory
     * @return this
     */
    public SandboxBuilder workingDirectory(String path) {
        return process(p -> p.workingDirectory(path));
    }

    /**
     * Leaves capabilities to the program; see {@link ProcessAttributes#keepCapabilities}.
     *
     * @param capabilities which ones, besides those that are kept already; the default is none
     * @return this
     */
    public SandboxBuilder keepCapabilities(Capability... capabilities) {
        return process(p -> p.keepCapabilities(capabilities));
    }

    /**
     * Changes what processes start with, such as {@code process(p -> p.umask(022).nice(5).rlimit(Rlimit.NOFILE, 1024))}.
     *
     * @param change receives the attributes that are set so far, without what an image says
     * @return this
     */
    public SandboxBuilder process(UnaryOperator<ProcessAttributes> change) {
        Objects.requireNonNull(change, "change");
        parts.process = Objects.requireNonNull(change.apply(parts.process), "process attributes");
        return this;
    }

    /**
     * Limits the memory of all processes together, tmpfs included; see {@link Limits#memory(DataSize)}.
     *
     * @param max at least 1 MiB
     * @return this
     */
    public SandboxBuilder memoryLimit(DataSize max) {
        return limits(l -> l.memory(max));
    }

    /**
     * Limits CPU time to this many processors' worth; see {@link Limits#cpus(double)}.
     *
     * @param cores 0.01 to 8192, fractions allowed
     * @return this
     */
    public SandboxBuilder cpuLimit(double cores) {
        return limits(l -> l.cpus(cores));
    }

    /**
     * Limits processes and threads together; see {@link Limits#pids(long)}.
     *
     * @param max 1 to 4194304
     * @return this
     */
    public SandboxBuilder pidsLimit(long max) {
        return limits(l -> l.pids(max));
    }

    /**
     * Changes the limits, such as {@code limits(l -> l.swap(mebibytes(64)).cpuWeight(50))}.
     *
     * @param change receives the limits that are set so far
     * @return this
     */
    public SandboxBuilder limits(UnaryOperator<Limits> change) {
        Objects.requireNonNull(change, "change");
        parts.limits = Objects.requireNonNull(change.apply(parts.limits), "limits");
        return this;
    }

    /**
     * Sets several limits at once.
     *
     * @param given the limits to set; those that are not set in it stay as they are
     * @return this
     */
    public SandboxBuilder limits(Limits given) {
        Objects.requireNonNull(given, "given");
        return limits(given::over);
    }

    /**
     * Ends the sandbox after this time with {@link Verdict#TIMED_OUT}; see {@link RunBounds#timeout(Duration)}.
     *
     * @param time 1 ms to 36500 days
     * @return this
     */
    public SandboxBuilder timeout(Duration time) {
        return bounds(b -> b.timeout(time));
    }

    /**
     * Ends the sandbox when it writes more, with {@link Verdict#OUTPUT_LIMIT_EXCEEDED}; see {@link RunBounds#output(DataSize)}.
     *
     * @param size what it may write to standard output and error together, 0 bytes or more
     * @return this
     */
    public SandboxBuilder outputLimit(DataSize size) {
        return bounds(b -> b.output(size));
    }

    /**
     * Changes how long the sandbox may run, and how it is ended, such as {@code bounds(b -> b.cpuTime(ofSeconds(10)))}.
     *
     * @param change receives the bounds that are set so far
     * @return this
     */
    public SandboxBuilder bounds(UnaryOperator<RunBounds> change) {
        Objects.requireNonNull(change, "change");
        parts.bounds = Objects.requireNonNull(change.apply(parts.bounds), "bounds");
        return this;
    }

    /**
     * Gives the sandbox a cgroup even without limits, so that {@link ResourceUsage} is complete. Any of the {@link Limits}, {@link
     * RunBounds#cpuTime(Duration)} and {@link #cgroupPath} bring a cgroup too, for what they limit.
     *
     * @return this
     */
    public SandboxBuilder accounting() {
        parts.accounting = true;
        return this;
    }

    /**
     * Chooses where the sandbox's cgroups are ({@code cgroups(7)}); then one start at a time has them. See {@link CgroupPath}.
     *
     * @param path an absolute one needs the right to write where the hierarchies are mounted
     * @return this
     */
    public SandboxBuilder cgroupPath(CgroupPath path) {
        parts.cgroup = Objects.requireNonNull(path, "cgroup path");
        return this;
    }

    /**
     * Takes limits back that a preset or an earlier call has set.
     *
     * @param given which ones
     * @return this
     */
    public SandboxBuilder without(Limit... given) {
        Checks.elements("given", given);
        limits(l -> l.without(given));
        return bounds(b -> b.without(given));
    }

    /**
     * Restricts the system calls of the program ({@code seccomp(2)}); see {@link Confinement#seccomp(SeccompProfile)}.
     *
     * @param profile {@link SeccompProfile#none()}, the default, takes an earlier one back
     * @return this
     */
    public SandboxBuilder seccomp(SeccompProfile profile) {
        return confinement(c -> c.seccomp(profile));
    }

    /**
     * Restricts files, ports and signals ({@code landlock(7)}); see {@link Confinement#landlock(Landlock)}.
     *
     * @param rules paths in them are paths inside the sandbox
     * @return this
     */
    public SandboxBuilder landlock(Landlock rules) {
        return confinement(c -> c.landlock(rules));
    }

    /**
     * Changes what keeps programs from parts of the kernel, such as {@code confinement(c -> c.recordDenials(true))}.
     *
     * @param change receives what is set so far
     * @return this
     */
    public SandboxBuilder confinement(UnaryOperator<Confinement> change) {
        Objects.requireNonNull(change, "change");
        parts.confinement = Objects.requireNonNull(change.apply(parts.confinement), "confinement");
        return this;
    }

    /**
     * Lets a start go on where the host can't give these, which otherwise is an {@link UnsupportedIsolationException}. What is missing
     * stands in {@link Sandbox#explain()} and {@link ExitReport#applied()}.
     *
     * @param isolations which may be missing, besides those named before
     * @return this
     */
    public SandboxBuilder allowDegraded(Isolation... isolations) {
        Checks.elements("isolations", isolations);
        parts.degradable.addAll(List.of(isolations));
        return this;
    }

    /**
     * Lets a weaker tier carry the policy out where this host can't give all of it by namespaces: the strongest tier that is complete
     * here, and no weaker than {@code weakest}, serves. {@link ExitReport#tier()} and {@link Sandbox#explain()} say which that is; a
     * start that would need a weaker one is refused with an {@link UnsupportedIsolationException}. A limit that has no cgroup here is then
     * carried by resource limits and, in {@link Tier#CONTAINER}, by a watch on all processes together, also where the caller has set it.
     * What {@link #allowDegraded} names may be missing in any tier.
     *
     * @param weakest {@link Tier#NAMESPACES}, the default, {@link Tier#CONTAINER}, or {@link Tier#NONE}, which lets the program run where
     *     nothing keeps it from the files of its user
     * @return this
     */
    public SandboxBuilder minimumTier(Tier weakest) {
        parts.minimumTier = Objects.requireNonNull(weakest, "weakest");
        return this;
    }

    /**
     * Lets starts be clones of a template, a process that holds what they can share of the set-up; see {@link Sandbox#template()}.
     *
     * @param enabled false: each start makes everything; the default is true, unless the system property sandjar.template is "false"
     * @return this
     */
    public SandboxBuilder template(boolean enabled) {
        parts.template = enabled;
        return this;
    }

    /**
     * Keeps sandboxes warm: set up but for their program, so that the next starts only execute it; see {@link Sandbox#warm()}.
     *
     * @param count 0 to 16; the default is 2, or what the system property sandjar.warm says
     * @return this
     */
    public SandboxBuilder warm(int count) {
        parts.warm = Checks.range("number of warm sandboxes", count, 0, SandboxParts.WARM_MAX);
        return this;
    }

    /**
     * Gives the sandbox a name for logs, events and exceptions, which it does not see itself; see {@link Sandbox#name()}.
     *
     * @param text 1 to 64 of the characters A to Z, a to z, 0 to 9 and {@code . _ : / @ + -}, the first a letter or a digit
     * @return this
     */
    public SandboxBuilder name(String text) {
        Objects.requireNonNull(text, "text");
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "name " + Printable.quote(text)
                            + ": 1 to 64 of the characters A-Z a-z 0-9 . _ : / @ + - are allowed, the first a letter or a digit");
        }
        parts.name = text;
        return this;
    }

    /**
     * Adds a listener that receives each {@link Sandbox#start} and {@link Sandbox#run}; those that were added before stay. It is not told of
     * what {@link Sandbox#pool}, {@link Sandbox#prepare()}, {@link SandboxProcess#exec}, {@link Sandbox#learn} and {@link Sandbox#verify}
     * start.
     *
     * @param listener is called by the threads that start
     * @return this
     */
    public SandboxBuilder listener(SandboxListener listener) {
        parts.listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * Makes the sandbox. Later changes to this builder don't affect it.
     *
     * @return an immutable sandbox
     * @throws IllegalStateException if the parts don't go together; the message lists everything that is wrong
     */
    public Sandbox build() {
        return parts.complete();
    }

    @Override
    public String toString() {
        return "SandboxBuilder(" + Printable.line(parts.root().toString()) + ")";
    }
}
