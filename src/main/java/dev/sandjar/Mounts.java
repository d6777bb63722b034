package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.linux.DeviceNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is put into the root of a sandbox: mounts, files, and what hides and protects. An immutable value, thread-safe; for {@link
 * SandboxBuilder#mounts}, and what {@link Sandbox#mounts()} tells.
 *
 * <pre>{@code
 * builder.mounts(m -> m.proc(ProcOption.HIDE_PID).mqueue("/dev/mqueue").mask("/proc/kcore"))
 * }</pre>
 *
 * <p><b>Guest paths</b>, which are strings, are absolute, without empty, "." and ".." components and NUL characters; a component has at
 * most 255 bytes, the whole at most 4095. A trailing slash is dropped. They are resolved beneath the sandbox's root, so that no symbolic
 * link in a hostile root leads out of it.
 *
 * <p><b>The order of the calls</b> doesn't matter: a directory comes before what lies below it, and masks and read-only paths come after
 * everything else. Only mounts by {@link #mount} keep their order among themselves. Two mounts at the same target are refused, but one of a
 * preset, or of the sandbox that {@link Sandbox#toBuilder()} came from, is replaced in its place. What files, links, directories and
 * devices a preset, an image or an earlier sandbox has below a directory gives way to what is mounted on that directory; its mounts, masks
 * and read-only paths stay. What a mask would cover is refused by {@link SandboxBuilder#build()}. There may be 400 entries; a method that
 * would add one more throws an {@link IllegalArgumentException}.
 */
public final class Mounts {
    private static final int FILE_MODE = 0644;
    private static final int TMPFS_MODE = 01777;
    private static final int PAGE = 4096;
    private static final long INODES_MIN = 1024;

    /** Never changed once it is here. */
    private final MountList list;

    private Mounts(MountList list) {
        this.list = list;
    }

    /**
     * Returns mounts to which nothing is added: a sandbox has what comes with its root, see {@link SandboxBuilder#rootfs}.
     *
     * @return the mounts that others are made from
     */
    public static Mounts none() {
        return new Mounts(new MountList());
    }

    /**
     * Makes mounts of these entries and no others, in this order, without the /proc and /dev that come with a root: what {@link
     * #entries()} of a {@link Sandbox} tells. Programs may run in a tmpfs that is added later if they may in the /dev/shm of these, or in
     * one of these where there is no /dev.
     *
     * @param entries such as those of another sandbox
     * @return mounts of which each is replaced by what is put at its target later
     * @throws IllegalArgumentException if two have one target that only one can have, or there are more than 400
     */
    public static Mounts of(List<MountEntry> entries) {
        Objects.requireNonNull(entries, "entries");
        return new Mounts(MountList.of(entries));
    }

    /** As of a preset or another sandbox: a later call may replace each. */
    Mounts asBase() {
        return new Mounts(list.copyAsBase());
    }

    /** These entries in their order of placement, as if from another sandbox; what is added to them has the bounds of these mounts. */
    Mounts placed(List<MountEntry> entries) {
        return new Mounts(list.placed(entries));
    }

    /** In their order of placement, with what comes with a root; adds to the problems what does not go together. */
    List<MountEntry> complete(boolean ownRoot, boolean newMounts, boolean newPids, List<String> problems) {
        return list.complete(ownRoot, newMounts, newPids, problems);
    }

    Mounts with(MountEntry entry) {
        return with(list -> list.add(entry));
    }

    boolean isFree(String target) {
        return list.isFree(target);
    }

    boolean takesDefault(MountEntry entry) {
        return list.takesDefault(entry);
    }

    Mounts withDefault(MountEntry entry) {
        return with(list -> list.addDefault(entry));
    }

    /** What a preset begins with, since programs have nowhere else to make others. */
    Mounts exec() {
        return with(list -> list.exec(true));
    }

    /** For programs that expect it; left out in other roots than the view of the host if they have no such place. */
    Mounts tmpfsWhereThereIs(String target, DataSize size) {
        return with(tmpfsOf(target, size, true));
    }

    /** The same binds with sources from somewhere else. */
    Mounts replaceSources(Map<Path, Path> copies) {
        return with(list -> list.replaceSources(copies));
    }

    private Mounts with(Consumer<MountList> change) {
        MountList copy = list.copy();
        change.accept(copy);
        return new Mounts(copy);
    }

    private static MountEntry.Tmpfs tmpfsOf(String target, DataSize size, boolean optional, MountOption... options) {
        OptionalLong inodes = OptionalLong.of(Math.max(INODES_MIN, size.toBytes() / PAGE));
        return new MountEntry.Tmpfs(target, size, inodes, TMPFS_MODE, Set.copyOf(List.of(options)), optional);
    }

    /**
     * All that is put into the root.
     *
     * @return of a {@link Sandbox}, in the order in which that is done, with the /proc and /dev that come with a root; else in the
     *     order of the calls
     */
    public List<MountEntry> entries() {
        return list.entries();
    }

    /**
     * Shows a file or a directory of the host, with all that is mounted below it, for reading only
     * ({@code mount_setattr(2)}, recursively). nosuid, nodev and exec unless an option says otherwise.
     *
     * <p>What belongs to this process's user and is for nobody else (mode 0700 or 0600, as {@code Files.createTempDirectory} makes
     * it) can be read inside also where the program has private ids: its owner is the program's user on this mount, nothing else
     * is mapped, and starts take no template. Not so with {@link MountOption#SUID} or {@link MountOption#DEV}, below the system's
     * own directories (/etc, /root, /run, /usr, /var but /var/tmp, and the like), where other mounts lie below, where others than
     * root and this user could have put it there, where this sandbox may, or another of this JVM could, write to it or to a directory
     * above it, or before Linux 5.12: then {@link Sandbox#explain()} says why and what helps. The source decides: of a directory that
     * others may enter (mode 0755 say), in whatever private one it lies, private files stay closed; bind these, or the private one.
     *
     * @param source file or directory of the host
     * @param target guest path; made if the root can be written to, else it must exist; links are followed within the root
     * @param options of the mount
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken, options exclude each other, or the source is in another
     *     file system than the default one
     */
    public Mounts bindReadOnly(Path source, String target, MountOption... options) {
        Checks.elements("options", options);
        return with(new MountEntry.Bind(source, target, true, Set.copyOf(List.of(options))));
    }

    /**
     * Shows a file or a directory of the host, with all that is mounted below it, for reading and writing: what the sandbox
     * does there, it does to the host. nosuid, nodev and exec unless an option says otherwise.
     *
     * @param source file or directory of the host
     * @param target guest path; made if the root can be written to, else it must exist; links are followed within the root
     * @param options of the mount
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken, options exclude each other, or the source is in another
     *     file system than the default one
     */
    public Mounts bind(Path source, String target, MountOption... options) {
        Checks.elements("options", options);
        return with(new MountEntry.Bind(source, target, false, Set.copyOf(List.of(options))));
    }

    /**
     * Mounts an empty directory in memory with mode 01777, for as many files as it has pages of 4 KiB, at least 1024
     * ({@code tmpfs(5)}). nosuid and nodev unless an option says otherwise, and noexec except in the presets, see {@link #noexec()}.
     *
     * @param target guest path
     * @param size what it may hold, at least 1 byte; the kernel rounds up to pages
     * @param options of the mount
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken, the size is 0, or an option is for binds
     */
    public Mounts tmpfs(String target, DataSize size, MountOption... options) {
        Objects.requireNonNull(size, "size");
        Checks.elements("options", options);
        return with(tmpfsOf(target, size, false, options));
    }

    /**
     * Mounts an empty directory in memory ({@code tmpfs(5)}) with a chosen number of files and mode; its options are as of {@link
     * #tmpfs(String, DataSize, MountOption...)}.
     *
     * @param target guest path
     * @param size what it may hold, at least 1 byte; the kernel rounds up to pages
     * @param inodes how many files, directories and links it may hold, at least 1; itself is one of them
     * @param mode its permissions, 0 to 07777 (octal)
     * @param options of the mount
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken, a number is out of range, or an option is for
     *     binds
     */
    public Mounts tmpfs(String target, DataSize size, long inodes, int mode, MountOption... options) {
        Objects.requireNonNull(size, "size");
        Checks.elements("options", options);
        return with(
                new MountEntry.Tmpfs(target, size, OptionalLong.of(inodes), mode, Set.copyOf(List.of(options)), false));
    }

    /**
     * Lets no program run from what the sandbox has in memory to write to: each {@link #tmpfs}, those of the presets among them, and
     * /dev/shm are mounted noexec ({@code mount(8)}), but for a tmpfs with {@link MountOption#EXEC}. That also keeps libraries from
     * being loaded there ({@code mmap(2)} with PROT_EXEC). In {@link Sandbox#untrusted()}, {@link Sandbox#hermetic()} and sandboxes made
     * from them programs may run there without this call, since compilers, virtual machines and language packages make programs and
     * libraries there; in {@link Sandbox#builder()} it is so anyway.
     *
     * <p>It makes exploits less handy and is no boundary: whatever a program could do from a file there it can do through an interpreter
     * such as {@code sh}, or from memory ({@code memfd_create(2)}, {@code mprotect(2)}). Binds keep what they say
     * ({@link MountOption#NOEXEC}), and so does a root that can be written to.
     *
     * @return the changed mounts
     */
    public Mounts noexec() {
        return with(list -> list.exec(false));
    }

    /**
     * Places a file with this content. Needs a root that is not the host's. A file or a symbolic link of that name that the root has
     * gives way to it, where changes of the root are the sandbox's own; what a link leads to stays as it is, while a mount on the same
     * target goes to where the link leads.
     *
     * @param target guest path; missing directories above it are made with mode 0755
     * @param content any bytes; copied. All files of a sandbox together may have 8 MiB, and {@link SandboxBuilder#build()} refuses more
     * @param mode its permissions, 0 to 0777 (octal)
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken, or the mode is out of range
     */
    public Mounts file(String target, byte[] content, int mode) {
        Objects.requireNonNull(content, "content");
        return with(new MountEntry.FileBytes(target, content, mode));
    }

    /**
     * Places a text file with mode 0644, as {@link #file(String, byte[], int)} does.
     *
     * @param target guest path; missing directories above it are made with mode 0755
     * @param text encoded as UTF-8; what UTF-8 can't hold becomes "?"
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken
     */
    public Mounts file(String target, String text) {
        Objects.requireNonNull(text, "text");
        return file(target, text.getBytes(StandardCharsets.UTF_8), FILE_MODE);
    }

    /**
     * Places a symbolic link. Needs a root that is not the host's. A file or another link of that name that the root has gives way to
     * it, where changes of the root are the sandbox's own.
     *
     * @param path guest path of the link
     * @param text what it points to, relative or absolute, existing or not; 1 to 4095 bytes
     * @return the changed mounts
     * @throws IllegalArgumentException if the path is malformed or taken, or the text is empty or too long, or has a NUL character or
     *     half a surrogate pair
     */
    public Mounts symlink(String path, String text) {
        Objects.requireNonNull(text, "text");
        return with(new MountEntry.Symlink(path, text));
    }

    /**
     * Makes a directory. One that exists is left as it is. Needs a root that is not the host's.
     *
     * @param target guest path; missing directories above it are made with mode 0755
     * @param mode its permissions, 0 to 07777 (octal)
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken, or the mode is out of range
     */
    public Mounts directory(String target, int mode) {
        return with(new MountEntry.Directory(target, mode));
    }

    /**
     * Hides what is at these places, or where links there lead: a file appears empty, a directory empty and read-only. Places that don't
     * exist are left out. The target of another mount may be masked too: masks come after all mounts, whatever the order of the calls.
     *
     * <p>What is covered is what is there when a sandbox starts: each start looks anew. In what is bound from the host a mask is lost for
     * the sandboxes that run, or wait in a {@link PreparedSandbox}, when the host renames another file there or removes the one that is
     * covered, which is how most programs save a file: the kernel takes the mount away, in every mount namespace. And where the program may
     * write to the directory above the place, it may rename that directory: the mask goes along, and nothing covers what is made in its
     * place, for this program and for whoever reads the files on the host; the next start finds what was covered under its new name.
     * {@link Sandbox#explain()} notes such places. To keep a secret
     * from a program, bind what is beside it rather than the directory that it is in.
     *
     * @param paths guest paths
     * @return the changed mounts
     * @throws IllegalArgumentException if a path is malformed
     */
    public Mounts mask(String... paths) {
        Checks.elements("paths", paths);
        return with(list -> {
            for (String path : paths) {
                list.add(new MountEntry.Masked(path, false));
            }
        });
    }

    /**
     * Hides and protects what container runtimes hide and protect of the kernel ({@code config-linux.md} of the OCI runtime
     * specification, "Masked Paths", "Readonly Paths"), and what tells of the host besides. It masks /proc/acpi, asound, cmdline,
     * diskstats, interrupts, kallsyms, kcore, key-users, keys, latency_stats, locks, sched_debug, scsi, timer_list, timer_stats,
     * /sys/devices/virtual/powercap and /sys/firmware; for programs that are the machine's root also /proc/allocinfo, kpagecgroup,
     * kpagecount, kpageflags, pagetypeinfo, slabinfo and vmallocinfo, which others may not read. It makes /proc/bus, fs, irq, sys and
     * sysrq-trigger read-only. What a host doesn't have is left out; what is there costs a mount each. {@link Sandbox#untrusted()} does
     * this.
     *
     * @return the changed mounts
     */
    public Mounts maskKernelPaths() {
        return with(MountList::maskKernelPaths);
    }

    /**
     * Makes what is at these places read-only, with all that is mounted below. Places that don't exist are left out. The target of another
     * mount may be made read-only too: this comes after all mounts, whatever the order of the calls.
     *
     * <p>It holds for what is there when a sandbox starts, as {@linkplain #mask masks} do: below a bind that the program may write to, it
     * may rename the directory above and make another in its place, such as a {@code .git} with hooks of its own. What must not be changed
     * is safe in a read-only bind that is not below a writable one: one below it is moved away in the same manner, and what the host
     * finds at the path afterwards is the program's.
     *
     * @param paths guest paths
     * @return the changed mounts
     * @throws IllegalArgumentException if a path is malformed
     */
    public Mounts readOnlyPath(String... paths) {
        Checks.elements("paths", paths);
        return with(list -> {
            for (String path : paths) {
                list.add(new MountEntry.ReadOnlyPath(path));
            }
        });
    }

    /**
     * Mounts {@code /proc} ({@code proc(5)}) for the sandbox's PID namespace. Called again, it only changes the options.
     *
     * @param options of the mount
     * @return the changed mounts
     * @throws IllegalArgumentException if something else is mounted at /proc
     */
    public Mounts proc(ProcOption... options) {
        Checks.elements("options", options);
        return with(list -> list.proc(Set.copyOf(List.of(options))));
    }

    /**
     * Leaves {@code /proc} out, also the one that comes with a root.
     *
     * @return the changed mounts
     */
    public Mounts noProc() {
        return with(MountList::noProc);
    }

    /**
     * Mounts a minimal {@code /dev}: null, zero, full, random, urandom, tty, a private devpts with ptmx, shm, and the usual
     * links. It comes with a root that is not the host's, before all other mounts; this call puts it at its place in their
     * order instead. What other calls put below it is made there before it becomes read-only.
     *
     * @return the changed mounts
     * @throws IllegalArgumentException if something else is mounted at /dev
     */
    public Mounts dev() {
        return with(MountList::dev);
    }

    /**
     * Bounds the pseudo-terminals that the {@link #dev() private devpts} of a sandbox can have at a time: all of the machine's together
     * are at most {@code kernel.pty.max}, by default 4096 ({@code pts(4)}). The option {@code max} of devpts.
     *
     * @param max 1 to 1048576; by default there is no bound, and 64 in {@link Sandbox#untrusted()}
     * @return the changed mounts
     * @throws IllegalArgumentException if it is out of range
     */
    public Mounts ptyLimit(int max) {
        return with(list -> list.ptyLimit(max));
    }

    /**
     * Leaves {@code /dev} out, also the one that comes with a root.
     *
     * @return the changed mounts
     */
    public Mounts noDev() {
        return with(MountList::noDev);
    }

    /**
     * Mounts the POSIX message queues of the sandbox's IPC namespace ({@code mq_overview(7)}).
     *
     * @param target guest path, usually /dev/mqueue
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is malformed or taken
     */
    public Mounts mqueue(String target) {
        return with(new MountEntry.Mqueue(target));
    }

    /**
     * Mounts something with exactly the options that it names. Of two such mounts at one place the later lies over the earlier.
     *
     * @param mount what, where and how
     * @return the changed mounts
     * @throws IllegalArgumentException if the target is taken by another kind of entry, or the options don't go together
     */
    public Mounts mount(Mount mount) {
        Objects.requireNonNull(mount, "mount");
        return with(mount.complete());
    }

    /**
     * Makes a device node or named pipe, after the mounts so far: by {@code mknod(2)} as root without a user namespace and on a mount with
     * devices, else by a bind of the host's node with these numbers. Needs a root that is not the host's.
     *
     * @param node which
     * @return the changed mounts
     * @throws IllegalArgumentException if the path of the node is taken
     */
    public Mounts device(DeviceNode node) {
        Objects.requireNonNull(node, "node");
        return with(new MountEntry.Device(node));
    }

    /**
     * Puts the nodes null, zero, full, random, urandom, tty and the links ptmx, fd, stdin, stdout, stderr into the {@code /dev} that is
     * there, after the mounts so far; {@link #dev()} brings a {@code /dev} of its own instead. Needs a root that is not the host's.
     *
     * @return the changed mounts
     * @throws IllegalArgumentException if it was called before
     */
    public Mounts standardDevices() {
        return with(new MountEntry.StandardDevices());
    }

    /**
     * Says how mounts propagate to and from the root ({@code mount_namespaces(7)}). Needs a root that is not the host's.
     *
     * @param propagation the default is {@link MountPropagation#PRIVATE}
     * @return the changed mounts
     * @throws IllegalArgumentException if it was called before
     */
    public Mounts propagation(MountPropagation propagation) {
        Objects.requireNonNull(propagation, "propagation");
        return with(new MountEntry.RootPropagation(propagation));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Mounts that && list.equals(that.list);
    }

    @Override
    public int hashCode() {
        return list.hashCode();
    }

    @Override
    public String toString() {
        return entries().toString();
    }
}
