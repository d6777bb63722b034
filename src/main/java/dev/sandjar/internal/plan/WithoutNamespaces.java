package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.Tier;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.plan.LandlockRules.PathRule;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands in for namespaces that a host refuses and the caller allowed to be missing: Landlock rules for what the root would have
 * shown, beside what the filter refuses ({@link TierRefusals}). Fails closed: what can't be had in this way is refused, as before.
 */
final class WithoutNamespaces {
    private static final long EXECUTE = 1;
    private static final long WRITE_FILE = 1 << 1;
    private static final long READ_FILE = 1 << 2;
    private static final long READ_DIR = 1 << 3;
    private static final int ENTRIES_MAX = 20_000;
    private static final long READ = READ_FILE | READ_DIR;
    /** All that Landlock knows of files, to be handled. */
    private static final long ALL_FILES = (1 << 16) - 1;
    /** Without EXECUTE, MAKE_CHAR, MAKE_BLOCK and IOCTL_DEV. */
    private static final long READ_WRITE = ALL_FILES & ~(EXECUTE | 1 << 6 | 1 << 11 | 1 << 15);

    private static final long MAKE_BLOCK = 1 << 11;
    private static final long REFER = 1 << 13;

    private static final long TCP = 3;
    private static final long ABSTRACT = 1;
    private static final long SIGNALS = 2;
    private static final int REFER_VERSION = 2;
    private static final int NETWORK_VERSION = 4;
    private static final int SCOPES_VERSION = 6;

    private static final List<String> DEVICES =
            List.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty");
    private static final List<String> PROC = List.of("/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat");
    private final Draft draft;
    private final List<PathRule> paths = new ArrayList<>();

    private WithoutNamespaces(Draft draft) {
        this.draft = draft;
    }

    /** Whether {@code kind} was asked for, is missing, and may be. */
    static boolean lacks(Draft draft, NamespaceKind kind) {
        return draft.request.namespaces().isNew(kind) && !NamespacePlanner.isNew(draft, kind);
    }

    /** The rules in place of a root of its own and of a network; null if neither is missing. */
    static @Nullable LandlockRules landlock(Draft draft) throws SandboxException {
        boolean root = lacks(draft, NamespaceKind.MOUNT) && !(draft.request.root() instanceof RootFs.Host);
        boolean network = lacks(draft, NamespaceKind.NETWORK);
        boolean pid = lacks(draft, NamespaceKind.PID);
        if (!root && !network && !pid) {
            return null;
        }
        WithoutNamespaces tier = new WithoutNamespaces(draft);
        int version = draft.host.landlockVersion();
        if (root && version == 0 && draft.request.tier() == Tier.NONE) {
            tier.root();
            tier.degraded(
                    "files of the host out of reach",
                    "there is neither a mount namespace nor Landlock here: the program reads and changes what its user may");
            return null;
        }
        if (root && version == 0) {
            // Whatever the caller can do without: nothing else keeps the files of this process's user, and this
            // process, from it.
            Diagnosis.Finding finding = Diagnosis.of(Isolation.LANDLOCK);
            draft.refuse(
                    null,
                    "files of the host out of reach",
                    "there is no mount namespace here, and no Landlock in its place: " + finding.reason(),
                    finding.remedy());
            return null;
        }
        if (root) {
            tier.root();
            draft.entries.add(new AppliedPolicy.Entry(
                    "root file system: read-only view of the host",
                    Outcome.DEGRADED,
                    "Landlock",
                    "names of other files can be seen, their contents can't be read or changed"));
        }
        long scoped = (network ? ABSTRACT : 0) | (pid ? SIGNALS : 0);
        LandlockRules rules = new LandlockRules(
                root ? tier.knownFiles(version) : 0,
                network && version >= NETWORK_VERSION ? TCP : 0,
                version >= SCOPES_VERSION ? scoped : 0,
                tier.paths,
                List.of());
        boolean empty = (rules.handledFiles() | rules.handledNetwork() | rules.scoped()) == 0;
        return empty ? tier.domain(version) : rules;
    }

    /**
     * Rules that allow what can be done anyway: whoever is under any can't trace those who aren't, nor look into what only tracers may,
     * such as /proc/PID/mem.
     */
    private @Nullable LandlockRules domain(int version) {
        if (version == 0 || !lacks(draft, NamespaceKind.PID)) {
            return null;
        }
        // Moving files between directories is refused by all rules that don't know of it.
        long files = MAKE_BLOCK | (version >= REFER_VERSION ? REFER : 0);
        allow("/", files);
        return new LandlockRules(files, 0, 0, paths, List.of());
    }

    /** Rights that this version holds. What it lacks is said; truncation by path is left to the filter. */
    private long knownFiles(int version) {
        long files = ALL_FILES;
        if (version < REFER_VERSION) {
            files &= ~REFER;
        }
        if (version < 3) {
            files &= ~(1L << 14);
        }
        if (version < 5) {
            files &= ~(1L << 15);
            degraded("ioctl on devices of the host", "Landlock can't restrict it before version 5, Linux 6.10");
        }
        return files;
    }

    private void root() throws SandboxException {
        if (!(draft.request.root() instanceof RootFs.HostReadOnly)) {
            impossible(
                    "a root of its own",
                    "without a mount namespace there is only the host's",
                    "use RootFs.hostReadOnly()");
            return;
        }
        HostConfiguration host = HostConfiguration.ofThisHost();
        HostView.TREES.forEach(tree -> allow(tree, EXECUTE | READ));
        HostView.ETC.stream()
                .map("/etc/"::concat)
                .filter(name -> host.isForAll(host.at(name)))
                .forEach(this::configuration);
        host.present().forEach(this::configuration);
        KernelView.there().forEach(tree -> allow(tree, READ));
        for (MountEntry entry : draft.request.mounts()) {
            entry(entry);
        }
        new RulesBelow(draft, paths, READ | EXECUTE, READ_WRITE & ~READ).refuse();
        PrivateTmp tmp = draft.privateTmp;
        if (tmp != null) {
            paths.add(PrivateTmp.rule(READ_WRITE | (tmp.exec() ? EXECUTE : 0)));
        }
    }

    /** What not everybody may read is not for the program either, though it is a user of the host. */
    private void configuration(String name) {
        Path path = Path.of(name);
        List<String> closed = HostConfiguration.closedIn(path, draft.watched);
        if (closed != null && closed.isEmpty()) {
            allow(name, READ);
        } else if (closed != null) {
            // Names can be seen.
            allow(name, READ_DIR);
            around(path, name, closed);
        }
    }

    private void around(Path directory, String name, List<String> closed) {
        try {
            for (Path child : BoundedReads.entries(directory.toRealPath(), ENTRIES_MAX)) {
                String below = "/" + child.getFileName();
                List<String> rest = closed.stream()
                        .filter(path -> path.startsWith(below + "/"))
                        .map(path -> path.substring(below.length()))
                        .toList();
                if (!rest.isEmpty()) {
                    around(child, name + below, rest);
                } else if (!closed.contains(below)) {
                    allow(name + below, READ);
                }
            }
        } catch (IOException e) {
            degraded(name, "it could not be listed: " + e.getMessage());
        }
    }

    private void entry(MountEntry entry) throws SandboxException {
        if (entry instanceof MountEntry.Bind bind) {
            bind(bind);
        } else if (entry instanceof MountEntry.Dev) {
            DEVICES.forEach(device -> allow(device, READ_FILE | WRITE_FILE));
        } else if (entry instanceof MountEntry.Proc) {
            PROC.forEach(path -> allow(path, READ));
        } else if (entry instanceof MountEntry.Tmpfs tmpfs && isPrivateTmp(tmpfs)) {
            draft.entries.add(PrivateTmp.entry(tmpfs));
        } else if (entry instanceof MountEntry.Tmpfs tmpfs) {
            degraded(
                    "tmpfs " + tmpfs.target(),
                    "without a mount namespace there is none: nothing can be written there; bind a directory of yours to its own"
                            + " path instead");
        } else if (entry instanceof MountEntry.FileBytes
                || entry instanceof MountEntry.Symlink
                || entry instanceof MountEntry.Directory
                || entry instanceof MountEntry.Mqueue) {
            impossible(
                    "something made at " + entry.target(),
                    "without a mount namespace it would be made on the host",
                    "leave it out on such hosts");
        }
        // What takes something away of what a rule shows is looked at when all rules are known: RulesBelow.
    }

    private boolean isPrivateTmp(MountEntry.Tmpfs tmpfs) {
        return draft.privateTmp != null && tmpfs.target().equals(PrivateTmp.TARGET);
    }

    private void bind(MountEntry.Bind bind) throws SandboxException {
        String source = PathBytes.shown(bind.source());
        if (!Arrays.equals(PathBytes.of(bind.source()), bind.target().getBytes(StandardCharsets.UTF_8))) {
            impossible(
                    "bind of " + source + " to " + bind.target(),
                    "without a mount namespace files are only where they are",
                    "bind it to its own path, or use a host with user namespaces");
            return;
        }
        String real = bind.target();
        if (!bind.optional() || Files.exists(bind.source())) {
            Path led;
            try {
                led = HostPaths.real(draft, bind.source(), "bind " + source);
            } catch (SandboxException e) {
                if (!draft.told) {
                    throw e;
                }
                draft.unusable(e);
                return;
            }
            // The program goes by the name, so that each start has to see whether it leads where it did.
            draft.links.put(bind.source(), led);
            real = new String(PathBytes.of(led), StandardCharsets.UTF_8);
            if (!Arrays.equals(PathBytes.of(led), real.getBytes(StandardCharsets.UTF_8))) {
                impossible(
                        "bind of " + source,
                        "it leads to a name that is not UTF-8, for which there is no rule",
                        "rename what it leads to");
                return;
            }
        }
        boolean readOnly = bind.readOnly();
        // Between that look and the rule nobody can put a link in its place.
        paths.add(new PathRule(real, (readOnly ? READ : READ_WRITE) | EXECUTE, bind.optional(), 0));
    }

    private void allow(String path, long access) {
        paths.add(new PathRule(path, access, true));
    }

    private void impossible(String what, String reason, String remedy) {
        draft.refuse(null, what, reason, remedy);
    }

    private void degraded(String what, String reason) {
        draft.entries.add(new AppliedPolicy.Entry(what, Outcome.DEGRADED, "", reason));
    }
}
