package dev.sandjar;

import dev.sandjar.image.Image;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.verify.Hermeticity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says what a sandbox gets and what it is kept from. Mutable, not thread-safe; {@link #build()} makes the immutable
 * {@link Sandbox} and may be called again after further changes.
 *
 * <p>{@link Sandbox#builder()} begins with nothing but the safety floor, which can't be switched off: no_new_privs, no
 * inherited descriptors, an empty environment, a session of its own, no capabilities, no core dumps, and the end of the
 * sandbox with the host JVM. {@link Sandbox#untrusted()} begins with everything.
 *
 * <p>A wrong argument is refused by the method that got it, with an {@link IllegalArgumentException} that names the value
 * and what is allowed. What only the whole can show is refused by {@link #build()}. Neither looks at the host: whether it
 * can do what is asked for, and whether paths exist, is found by {@link Sandbox#explain()} and {@link Sandbox#start}.
 *
 * <p>Calling a method again replaces what it said before, except where it adds: environment, limits, capabilities, mounts.
 * Two mounts at the same target are refused, but one of a preset, or of the sandbox that
 * {@link Sandbox#toBuilder()} came from, is replaced in its place.
 *
 * <p><b>The order of the calls</b> doesn't matter for what is put into the root: a directory comes before what lies below it, and
 * masks and read-only paths come after everything else. Only mounts by {@link #mount} keep their order among themselves. What files,
 * links, directories and devices a preset, an image or an earlier sandbox has below a directory gives way to what is mounted on that
 * directory; its mounts, masks and read-only paths stay. What a mask would cover is refused by {@link #build()}.
 *
 * <p><b>Guest paths</b>, which are strings, are absolute, without empty, "." and ".." components and NUL characters; a
 * component has at most 255 bytes, the whole at most 4095. A trailing slash is dropped. They are resolved beneath the
 * sandbox's root, so that no symbolic link in a hostile root leads out of it. <b>Host paths</b>, which are of type
 * {@link Path}, may be relative to the host's working directory at the time of the call.
 *
 * <p>User and group ids are 0 to 4294967294.
 */
public final class SandboxBuilder {
    private static final int FILE_MODE = 0644;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,63}");
    private static final int WARM = 2;
    private static final int WARM_MAX = 16;

    private Namespaces namespaces;
    /** Whether the mount namespace was taken back, and not asked for since. */
    private boolean withoutMounts;

    Optional<User> user = Optional.empty();
    private Mounts mounts = Mounts.none();
    ProcessAttributes process = ProcessAttributes.none();
    Confinement confinement = Confinement.none();
    private Limits limits = Limits.none();
    RunBounds bounds = RunBounds.none();
    boolean accounting;

    @Nullable
    CgroupPath cgroup;

    final Set<Isolation> degradable;
    boolean template = !"false".equals(System.getProperty("sandjar.template"));
    int warm = Math.max(0, Math.min(Integer.getInteger("sandjar.warm", WARM), WARM_MAX));
    RootFs root;
    final List<SandboxListener> listeners = new ArrayList<>();

    @Nullable
    String name;

    private @Nullable ImageSettings imageSettings;

    SandboxBuilder() {
        namespaces = Namespaces.none();
        degradable = EnumSet.noneOf(Isolation.class);
        root = RootFs.host();
    }

    private SandboxBuilder(SandboxBuilder other) {
        namespaces = other.namespaces;
        withoutMounts = other.withoutMounts;
        user = other.user;
        mounts = other.mounts.asBase();
        process = other.process;
        limits = other.limits;
        bounds = other.bounds;
        accounting = other.accounting;
        cgroup = other.cgroup;
        confinement = other.confinement;
        degradable = EnumSet.copyOf(other.degradable);
        template = other.template;
        warm = other.warm;
        root = other.root;
        listeners.addAll(other.listeners);
        name = other.name;
        imageSettings = other.imageSettings;
    }

    /**
     * Reads what {@link Sandbox#toJson()} has written. A text that could be understood in two ways, or only in part, is refused: unknown
     * fields, names that are there twice, wrong types, numbers out of range, another version, more than 24 MiB, or more than 32 levels. It
     * is as trusted as a call of this builder: it can name any file of the host.
     *
     * @param json the text
     * @return a builder that says the same
     * @throws IllegalArgumentException if the text is no policy; the message begins with the place, a JSON Pointer (RFC 6901)
     * @throws IllegalStateException if the artifact com.fasterxml.jackson.core:jackson-databind is missing
     * @throws IOException if the root is an image, and its store has it no more or can't be read
     */
    public static SandboxBuilder fromJson(String json) throws IOException {
        return Engine.get().builder(Objects.requireNonNull(json, "json"));
    }

    /** What limits are set so far are those of a preset. */
    SandboxBuilder asPreset() {
        limits = limits.asPreset();
        bounds = bounds.asPreset();
        process = process.asPreset();
        return copyAsBase();
    }

    SandboxBuilder copyAsBase() {
        return new SandboxBuilder(this);
    }

    // ---- namespaces

    /**
     * Gives the sandbox process ids of its own ({@code pid_namespaces(7)}): nothing outside can be seen or signalled, and
     * everything inside dies together. Process 1 is a small init that reaps orphans and passes signals on to the program.
     * {@link SeccompProfile#standard()} lets programs trace each other in there.
     *
     * @return this
     */
    public SandboxBuilder pidNamespace() {
        return namespaces(n -> n.init(true));
    }

    /**
     * Gives the sandbox mounts of its own ({@code mount_namespaces(7)}). Any {@link #rootfs} but the host's brings it.
     *
     * @return this
     */
    public SandboxBuilder mountNamespace() {
        withoutMounts = false;
        return namespaces(n -> n.unshare(NamespaceKind.MOUNT));
    }

    /**
     * The same as {@code network(Network.loopback())}.
     *
     * @return this
     */
    public SandboxBuilder networkNamespace() {
        return network(Network.loopback());
    }

    /**
     * Chooses the network ({@code network_namespaces(7)}).
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
     * Gives the sandbox a host and a domain name of its own ({@code uts_namespaces(7)}), which begin as the host's.
     *
     * @return this
     */
    public SandboxBuilder utsNamespace() {
        return namespaces(n -> n.unshare(NamespaceKind.UTS));
    }

    /**
     * Gives the sandbox a host name of its own ({@code uts_namespaces(7)}).
     *
     * @param hostname 1 to 64 bytes
     * @return this
     * @throws IllegalArgumentException if empty, too long, or with a NUL character
     */
    public SandboxBuilder utsNamespace(String hostname) {
        return namespaces(n -> n.unshare(NamespaceKind.UTS).hostname(hostname));
    }

    /**
     * Gives the sandbox user ids, group ids and capabilities that mean nothing outside ({@code user_namespaces(7)}). For
     * root, the ids on the host come from a block that no other running sandbox has; for others it is a single id, but with {@link RootFs#image(Image)} their
     * subordinate ids, as with {@link IdMapping#range}, where they have 65536 that can be used.
     *
     * @return this
     */
    public SandboxBuilder userNamespace() {
        return userNamespace(IdMapping.automatic());
    }

    /**
     * The same with a choice of ids.
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
     * Gives the sandbox clock offsets of its own ({@code time_namespaces(7)}, Linux 5.6), which begin as zero. The wall
     * clock is never changed.
     *
     * @return this
     */
    public SandboxBuilder timeNamespace() {
        return namespaces(n -> n.clockOffsets(Duration.ZERO, Duration.ZERO));
    }

    /** For {@link Hermeticity}: the same variables in the opposite order. */
    SandboxBuilder reverseEnv() {
        process = process.with(process.variables().reversed());
        return this;
    }

    /** For {@link Hermeticity}: the same root and binds with sources from somewhere else. */
    SandboxBuilder replaceSources(Map<Path, Path> copies) {
        mounts = mounts.replaceSources(copies);
        if (root instanceof RootFs.Overlay overlay) {
            root = new RootFs.Overlay(
                    overlay.lower().stream()
                            .map(path -> copies.getOrDefault(path, path))
                            .toList(),
                    overlay.upper());
        }
        return this;
    }

    /**
     * Says what else there is to namespaces: existing ones to join, host and domain name, clocks, kernel parameters.
     *
     * <pre>{@code
     * builder.namespaces(n -> n.join(NamespaceKind.NETWORK, Path.of("/run/netns/blue")).sysctl("kernel.shmmax", "65536"))
     * }</pre>
     *
     * @param change gives the namespaces of the sandbox, from what has been said of them so far
     * @return this
     */
    public SandboxBuilder namespaces(UnaryOperator<Namespaces> change) {
        NamespaceChoice mounts = namespaces.choice(NamespaceKind.MOUNT);
        namespaces = Objects.requireNonNull(change.apply(namespaces), "namespaces");
        withoutMounts &= namespaces.choice(NamespaceKind.MOUNT).equals(mounts);
        return this;
    }

    /**
     * Takes isolation back that a preset or an earlier call asked for. What depends on it goes with it: the host and
     * domain name with the UTS namespace, the ban on nested ones with the user namespace. Where nested user namespaces are let in
     * again, there may be 256 namespaces of each kind inside ({@code user.max_net_namespaces} and the like). {@code MOUNT_NAMESPACE}
     * can be taken back only where the root is the host's, else {@link #build()} refuses: any other root needs it.
     *
     * @param isolations the eight {@code ..._NAMESPACE}, {@code NO_NESTED_USER_NAMESPACES} and {@code SESSION_KEYRING};
     *     the others have methods of their own
     * @return this
     * @throws IllegalArgumentException for one of the others
     */
    public SandboxBuilder without(Isolation... isolations) {
        for (Isolation isolation : isolations) {
            Optional<NamespaceKind> kind = Stream.of(NamespaceKind.values())
                    .filter(each -> each.isolation() == isolation)
                    .findFirst();
            if (kind.isPresent()) {
                namespaces = namespaces.share(kind.get());
                withoutMounts |= kind.get() == NamespaceKind.MOUNT;
            } else if (isolation == Isolation.NO_NESTED_USER_NAMESPACES) {
                namespaces = namespaces.allowNestedUserNamespaces();
            } else if (isolation == Isolation.SESSION_KEYRING) {
                process = process.newKeyring(false);
            } else {
                throw new IllegalArgumentException(
                        isolation + " can't be taken back by without(...);"
                                + " use mounts(m -> m.noProc()), mounts(m -> m.noDev()), rootfs(...), user(...) or userNamespace(...)");
            }
        }
        return this;
    }

    // ---- identity

    /**
     * Runs the program as this user. With a user namespace the ids are those inside; without one the host process must be
     * root. The default is the first id of the map in a user namespace that maps several, which is 0 unless
     * {@link IdMapping#of} says otherwise, and the host process' ids in all other cases.
     *
     * @param uid user id, 0 to 4294967294
     * @param gid group id, 0 to 4294967294
     * @param groups supplementary group ids, 0 to 4294967294, at most 65536; the default is none
     * @return this
     * @throws IllegalArgumentException if an id is out of range
     */
    public SandboxBuilder user(long uid, long gid, long... groups) {
        user = Optional.of(new User(uid, gid, LongStream.of(groups).boxed().toList()));
        return this;
    }

    // ---- file system

    /**
     * Chooses the root directory. Any but {@link RootFs#host()} brings a mount namespace, a minimal {@code /dev} unless
     * {@link Mounts#noDev()}, and with a new PID namespace a {@code /proc} unless {@link Mounts#noProc()}, before all other mounts. One of an
     * image brings what its configuration says, see {@link RootFs#image(Image)}; another root takes back what later calls have left of that.
     *
     * @param root which one; the default is {@link RootFs#host()}
     * @return this
     * @throws IllegalArgumentException if an image's configuration has variables, paths or a stop signal that no sandbox can have
     */
    public SandboxBuilder rootfs(RootFs root) {
        this.root = Objects.requireNonNull(root, "root");
        ImageSettings.Parts parts = new ImageSettings.Parts(process, user, mounts, bounds);
        if (imageSettings != null) {
            parts = imageSettings.takenBack(parts);
            imageSettings = null;
        }
        if (root instanceof RootFs.Layered layered) {
            imageSettings = ImageSettings.of(layered.image().config(), parts);
            parts = imageSettings.applied();
        }
        user = parts.user();
        mounts = parts.mounts();
        process = parts.process();
        bounds = parts.bounds();
        return this;
    }

    /**
     * Shows a file or a directory of the host, with all that is mounted below it, for reading only. See {@link Mounts#bindReadOnly}.
     *
     * @param source file or directory of the host
     * @param target guest path
     * @param options of the mount
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#bindReadOnly}
     */
    public SandboxBuilder bindReadOnly(Path source, String target, MountOption... options) {
        return bind(source, target, true, options);
    }

    /**
     * Shows a file or a directory of the host for reading and writing: what the sandbox does there, it does to the host. See
     * {@link Mounts#bind}.
     *
     * @param source file or directory of the host
     * @param target guest path
     * @param options of the mount
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#bind}
     */
    public SandboxBuilder bind(Path source, String target, MountOption... options) {
        return bind(source, target, false, options);
    }

    private SandboxBuilder bind(Path source, String target, boolean readOnly, MountOption... options) {
        return mount(new MountEntry.Bind(source, target, readOnly, Set.copyOf(List.of(options))));
    }

    /**
     * Mounts an empty directory in memory ({@code tmpfs(5)}). See {@link Mounts#tmpfs(String, DataSize, MountOption...)}.
     *
     * @param target guest path
     * @param size what it may hold, at least 1 byte
     * @param options of the mount
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#tmpfs(String, DataSize, MountOption...)}
     */
    public SandboxBuilder tmpfs(String target, DataSize size, MountOption... options) {
        return mounts(m -> m.tmpfs(target, size, options));
    }

    /**
     * Shows the host's programs, read-only: /usr, /bin, /sbin and /lib*, and of /etc what loaders, compilers and interpreters need. For
     * a root that has none itself; those of the host then are an input like any other. What a host doesn't have is left out.
     *
     * @return this
     * @throws IllegalArgumentException if one of these targets is taken
     */
    public SandboxBuilder hostPrograms() {
        HostPrograms.PATHS.forEach(path -> bind(Path.of(path), path, true, MountOption.OPTIONAL));
        return this;
    }

    /**
     * Places a file with this content. See {@link Mounts#file(String, byte[], int)}.
     *
     * @param target guest path
     * @param content any bytes; copied
     * @param mode its permissions, 0 to 0777 (octal)
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#file(String, byte[], int)}
     */
    public SandboxBuilder file(String target, byte[] content, int mode) {
        return mount(new MountEntry.FileBytes(target, content, mode));
    }

    /**
     * Places a text file with mode 0644. See {@link Mounts#file(String, byte[], int)}.
     *
     * @param target guest path
     * @param text encoded as UTF-8; what UTF-8 can't hold becomes "?"
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#file(String, byte[], int)}
     */
    public SandboxBuilder file(String target, String text) {
        return file(target, text.getBytes(StandardCharsets.UTF_8), FILE_MODE);
    }

    /**
     * Places a symbolic link. See {@link Mounts#symlink}.
     *
     * @param path guest path of the link
     * @param text what it points to
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#symlink}
     */
    public SandboxBuilder symlink(String path, String text) {
        return mount(new MountEntry.Symlink(path, text));
    }

    /**
     * Mounts something with exactly the options that it names. See {@link Mounts#mount}.
     *
     * @param mount what, where and how
     * @return this
     * @throws IllegalArgumentException as {@link Mounts#mount}
     */
    public SandboxBuilder mount(Mount mount) {
        return mounts(m -> m.mount(mount));
    }

    /**
     * Changes what is put into the root, by the rarer calls too: /proc, /dev, masks, read-only paths, directories, devices, message
     * queues, propagation.
     *
     * <pre>{@code
     * builder.mounts(m -> m.proc(ProcOption.HIDE_PID).mqueue("/dev/mqueue"))
     * }</pre>
     *
     * @param change gets what there is so far, and returns what there is to be
     * @return this
     * @throws IllegalArgumentException as the methods of {@link Mounts}
     */
    public SandboxBuilder mounts(UnaryOperator<Mounts> change) {
        mounts = Objects.requireNonNull(change.apply(mounts), "mounts");
        return this;
    }

    private SandboxBuilder mount(MountEntry.Placed entry) {
        return mounts(m -> m.with(entry));
    }

    // ---- process

    /**
     * Sets an environment variable; nothing is inherited from the host. See {@link ProcessAttributes#env(String, String)}.
     *
     * @param name not empty, without "="
     * @param value any text
     * @return this
     * @throws IllegalArgumentException as {@link ProcessAttributes#env(String, String)}
     */
    public SandboxBuilder env(String name, String value) {
        process = process.env(Collections.singletonMap(name, value));
        return this;
    }

    /**
     * Sets environment variables, besides those that are set already.
     *
     * @param variables names and values
     * @return this
     * @throws IllegalArgumentException as {@link ProcessAttributes#env(String, String)}
     */
    public SandboxBuilder env(Map<String, String> variables) {
        process = process.env(variables);
        return this;
    }

    /**
     * Sets the working directory. The default is "/" under a root that is not the host's, and the host process' otherwise.
     *
     * @param path guest path of an existing directory
     * @return this
     * @throws IllegalArgumentException if the path is malformed
     */
    public SandboxBuilder workingDirectory(String path) {
        process = process.workingDirectory(path);
        return this;
    }

    /**
     * Leaves capabilities to the program. See {@link ProcessAttributes#keepCapabilities}.
     *
     * @param capabilities which ones; the default is none
     * @return this
     */
    public SandboxBuilder keepCapabilities(Capability... capabilities) {
        process = process.keepCapabilities(capabilities);
        return this;
    }

    /**
     * Changes what processes start with, such as {@code process(p -> p.umask(022).nice(5).rlimit(Rlimit.NOFILE, 1024))}.
     *
     * @param change gets the attributes that are set so far
     * @return this
     */
    public SandboxBuilder process(UnaryOperator<ProcessAttributes> change) {
        process = Objects.requireNonNull(change.apply(process), "process attributes");
        return this;
    }

    // ---- limits

    /**
     * Limits the memory of all processes together, tmpfs included. See {@link Limits#memory(DataSize)}.
     *
     * @param max at least 1 MiB
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public SandboxBuilder memoryLimit(DataSize max) {
        limits = limits.memory(max);
        return this;
    }

    /**
     * Limits CPU time to this many processors' worth. See {@link Limits#cpus(double)}.
     *
     * @param cores 0.01 to 8192, fractions allowed
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public SandboxBuilder cpuLimit(double cores) {
        limits = limits.cpus(cores);
        return this;
    }

    /**
     * Limits processes and threads together. See {@link Limits#pids(long)}.
     *
     * @param max 1 to 4194304
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public SandboxBuilder pidsLimit(long max) {
        limits = limits.pids(max);
        return this;
    }

    /**
     * Changes the limits, such as {@code limits(l -> l.swap(mebibytes(64)).cpuWeight(50))}. Of huge pages, each size is set by itself, and
     * so is each file.
     *
     * @param change gets those that are set so far
     * @return this
     */
    public SandboxBuilder limits(UnaryOperator<Limits> change) {
        limits = Objects.requireNonNull(change.apply(limits), "limits");
        return this;
    }

    /**
     * Sets several limits at once. Those that are not set in it stay as they are.
     *
     * @param given limits
     * @return this
     */
    public SandboxBuilder limits(Limits given) {
        limits = given.over(limits);
        return this;
    }

    /**
     * Ends the sandbox after this time: {@link Verdict#TIMED_OUT}. See {@link RunBounds#timeout(Duration)}.
     *
     * @param time 1 ms to 36500 days
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public SandboxBuilder timeout(Duration time) {
        bounds = bounds.timeout(time);
        return this;
    }

    /**
     * Ends the sandbox when it has written more: {@link Verdict#OUTPUT_LIMIT_EXCEEDED}. See {@link RunBounds#output(DataSize)}.
     *
     * @param bytes of standard output and error together, 0 or more
     * @return this
     */
    public SandboxBuilder outputLimit(DataSize bytes) {
        bounds = bounds.output(bytes);
        return this;
    }

    /**
     * Changes how long the sandbox may run, what it may write, and how it is ended, such as
     * {@code bounds(b -> b.cpuTime(ofSeconds(10)).grace(ofSeconds(1)))}.
     *
     * @param change gets those that are set so far
     * @return this
     */
    public SandboxBuilder bounds(UnaryOperator<RunBounds> change) {
        bounds = Objects.requireNonNull(change.apply(bounds), "bounds");
        return this;
    }

    /**
     * Gives the sandbox a cgroup even without limits, so that {@link ResourceUsage} is complete. Any limit of memory, CPU,
     * processes or I/O does that too, for what it limits.
     *
     * @return this
     */
    public SandboxBuilder accounting() {
        accounting = true;
        return this;
    }

    /**
     * Chooses where the sandbox's cgroups are ({@code cgroups(7)}); then one start at a time has them. See {@link CgroupPath}.
     *
     * @param path an absolute one needs the right to write where the hierarchies are mounted
     * @return this
     */
    public SandboxBuilder cgroupPath(CgroupPath path) {
        cgroup = Objects.requireNonNull(path, "cgroup path");
        return this;
    }

    /**
     * Takes limits back that a preset or an earlier call has set.
     *
     * @param given which
     * @return this
     */
    public SandboxBuilder without(Limit... given) {
        limits = limits.without(given);
        bounds = bounds.without(given);
        return this;
    }

    // ---- confinement

    /**
     * Restricts the system calls of the program. See {@link Confinement#seccomp(SeccompProfile)}.
     *
     * @param profile {@link SeccompProfile#none()} takes an earlier one back
     * @return this
     */
    public SandboxBuilder seccomp(SeccompProfile profile) {
        return confinement(c -> c.seccomp(profile));
    }

    /**
     * Restricts files, ports and signals by Landlock. See {@link Confinement#landlock(Landlock)}.
     *
     * @param rules paths in them are paths inside the sandbox
     * @return this
     */
    public SandboxBuilder landlock(Landlock rules) {
        return confinement(c -> c.landlock(rules));
    }

    /**
     * Changes what keeps programs from system calls and objects of the kernel, such as
     * {@code confinement(c -> c.recordDenials(true).onSyscall("connect", handler))}.
     *
     * @param change gets what is set so far
     * @return this
     */
    public SandboxBuilder confinement(UnaryOperator<Confinement> change) {
        confinement = Objects.requireNonNull(change.apply(confinement), "confinement");
        return this;
    }

    // ---- the whole

    /**
     * Lets a start go on where the host can't give these, which otherwise is an {@link UnsupportedIsolationException}.
     * What is missing stands in {@link Sandbox#explain()} and {@link ExitReport#applied()}.
     *
     * @param isolations which may be missing, besides those named before
     * @return this
     */
    public SandboxBuilder allowDegraded(Isolation... isolations) {
        degradable.addAll(List.of(isolations));
        return this;
    }

    /**
     * Whether starts may be clones of a template, a process that holds what they can share of the set-up, the read-only mounts above all;
     * what belongs to one sandbox is made for it alone. See the guide to performance for when there is one. Default: true, unless the system
     * property {@code sandjar.template} is "false".
     *
     * @param enabled false: each start makes everything
     * @return this
     */
    public SandboxBuilder template(boolean enabled) {
        template = enabled;
        return this;
    }

    /**
     * How many sandboxes are kept warm: set up but for their program, so that the next starts only have to execute it, as with {@link
     * Sandbox#pool(int)}. From the second start on, until no other has come for five seconds or what is bound has been replaced; all
     * policies of a JVM together have 32 at most. Only with PID and mount namespaces of the sandbox's own and a root that does not keep
     * changes. Default: 2, or what the system property {@code sandjar.warm} says.
     *
     * @param count 0 to 16
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public SandboxBuilder warm(int count) {
        warm = Checks.range("number of warm sandboxes", count, 0, WARM_MAX);
        return this;
    }

    /**
     * What the host calls the sandbox: in the events of the flight recorder, in logs, in {@link Sandbox#explain()}, in {@link
     * Sandbox#toString()} and in the exceptions of its starts ({@link SandboxException#sandbox()}). The sandbox does not see it, and it
     * makes no difference to {@link Sandbox#equals}. Several sandboxes may have the same. Default: none.
     *
     * @param text 1 to 64 of the characters A to Z, a to z, 0 to 9 and {@code . _ : / @ + -}, the first a letter or a digit
     * @return this
     * @throws IllegalArgumentException if it is longer, or has another character
     */
    public SandboxBuilder name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "name " + Printable.quote(text)
                            + ": 1 to 64 of the characters A-Z a-z 0-9 . _ : / @ + - are allowed, the first a letter or a digit");
        }
        name = text;
        return this;
    }

    /**
     * Tells somebody of each start, besides those named before.
     *
     * @param listener is called by the threads that start
     * @return this
     */
    public SandboxBuilder listener(SandboxListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * Makes the sandbox. Later changes to this builder don't affect it.
     *
     * @return an immutable sandbox
     * @throws IllegalStateException if the parts don't go together; the message lists everything that is wrong
     */
    public Sandbox build() {
        List<String> problems = new ArrayList<>();
        boolean ownRoot = !(root instanceof RootFs.Host);
        Namespaces allNamespaces = NamespaceChecks.complete(namespaces, ownRoot, withoutMounts, problems);
        if (allNamespaces.isNew(NamespaceKind.USER)) {
            user.ifPresent(someone -> NamespaceChecks.user(someone, allNamespaces.idMapping(), problems));
        }
        List<MountEntry> entries = mounts.complete(
                ownRoot, allNamespaces.isNew(NamespaceKind.MOUNT), allNamespaces.isNew(NamespaceKind.PID), problems);
        problems.addAll(process.problems());
        Limits allLimits = LimitChecks.complete(limits, problems);
        if (problems.size() == 1) {
            throw new IllegalStateException(problems.get(0));
        } else if (!problems.isEmpty()) {
            throw new IllegalStateException(problems.size() + " things are wrong:\n- " + String.join("\n- ", problems));
        }
        return new Sandbox(copyAsBase(), allNamespaces, mounts.placed(entries), allLimits);
    }

    @Override
    public String toString() {
        return "SandboxBuilder(" + Printable.line(root.toString()) + ")";
    }
}
