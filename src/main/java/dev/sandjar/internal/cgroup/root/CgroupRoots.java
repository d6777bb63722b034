package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.Discovery;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.systemd.TransientScope;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds where a launcher may make cgroups, and makes that place ready. Never above what was given to this process. */
final class CgroupRoots {
    private static final Path SYSTEMD = Path.of("/run/systemd/system");
    private static final Pattern SLICE = Pattern.compile("/([^/]+\\.slice)(?=/[^/]*$|/[^/]+\\.(?:scope|service))");
    private static final String REMEDY =
            "run as root; or log in with a systemd user session (loginctl enable-linger, and XDG_RUNTIME_DIR set); or start this"
                    + " process in a unit with Delegate=yes, such as systemd-run --user --scope -p Delegate=yes; in a container,"
                    + " mount /sys/fs/cgroup writable";

    private static final String MOUNT =
            "mount it, as mount -t cgroup2 cgroup2 /sys/fs/cgroup does where cgroup v1 has none; in a container, have it started with"
                    + " a writable /sys/fs/cgroup";

    private CgroupRoots() {}

    static CgroupRootSupport open(Kernel kernel, int launcher) throws IOException {
        List<OwnGroup> owned = Discovery.ofThisProcess();
        if (owned.isEmpty()) {
            String unmounted = "no cgroup file system is mounted that shows the cgroup of this process";
            return new NoCgroupRoot(unmounted, isPrivileged() ? MOUNT : REMEDY);
        }
        OwnGroup first = owned.get(0);
        if (!first.isV2()) {
            return new CgroupRootV1(kernel, isPrivileged()).open(owned);
        }
        return v2(kernel, launcher, first);
    }

    private static CgroupRootSupport v2(Kernel kernel, int launcher, OwnGroup own) throws IOException {
        boolean privileged = isPrivileged();
        CgroupRootV2 root = new CgroupRootV2(kernel, launcher, privileged);
        boolean systemd = Files.isDirectory(SYSTEMD);
        // Root may write to what systemd keeps for itself, with or without capabilities, since it is root's.
        boolean ours = own.root() || !isOwnerOfAll() || !systemd || isDelegated(UnitCgroup.top(own));
        if (ours && CgroupRootV2.mayWrite(own)) {
            try {
                return root.nested(own);
            } catch (UnitCgroup.LockedException e) {
                // Whoever may open the unit's cgroup could else choose that its limits don't hold for sandboxes.
                return new NoCgroupRoot(e.reason(), e.remedy());
            } catch (IOException e) {
                if (!systemd) {
                    return new NoCgroupRoot(
                            "the cgroup " + UnitCgroup.top(own) + " can't be divided: " + e.getMessage(), REMEDY);
                }
            }
        }
        if (!systemd) {
            return new NoCgroupRoot("the cgroup " + UnitCgroup.top(own) + " may not be written", REMEDY);
        }
        return scope(kernel, root, launcher, own, privileged);
    }

    private static CgroupRootSupport scope(
            Kernel kernel, CgroupRootV2 root, int launcher, OwnGroup own, boolean privileged) {
        String name = String.format(
                Locale.ROOT,
                "sandjar-%d-%08x.scope",
                ProcessHandle.current().pid(),
                ThreadLocalRandom.current().nextInt());
        try {
            TransientScope.start(!privileged, name, launcher, privileged ? slice() : null);
            Path directory = directoryOf(launcher, own);
            if (directory == null || !directory.endsWith(name)) {
                return new NoCgroupRoot("systemd has started " + name + ", but the launcher is not in it", REMEDY);
            }
            Path parent = directory.getParent();
            if (parent != null) {
                new Leftovers(kernel).removeScopes(parent);
            }
            return root.owned(own, directory);
        } catch (IOException e) {
            return new NoCgroupRoot(
                    "the cgroup of this process is not its own, and systemd gives none: " + e.getMessage(), REMEDY);
        }
    }

    /** systemd's own manager asks for the capability, and so does the kernel of who attaches BPF programs to cgroups. */
    private static boolean isPrivileged() throws IOException {
        return mapsAll() && Host.detect(0).privileged();
    }

    private static boolean isOwnerOfAll() throws IOException {
        return mapsAll() && Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    private static boolean mapsAll() throws IOException {
        return BoundedReads.text(Path.of("/proc/self/uid_map")).strip().matches("0 +0 +4294967295");
    }

    /** systemd marks what it has given away, from version 251 on. */
    private static boolean isDelegated(Path directory) {
        try {
            return Files.getAttribute(directory, "user:delegate") != null;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    /** The slice of the present unit, whose limits then hold for the sandboxes too. */
    private static @Nullable String slice() throws IOException {
        Matcher matcher = SLICE.matcher(membership("self"));
        String slice = null;
        while (matcher.find()) {
            slice = matcher.group(1);
        }
        return slice;
    }

    private static @Nullable Path directoryOf(int pid, OwnGroup own) throws IOException {
        String path = membership(Integer.toString(pid));
        return path.startsWith("/") && !path.contains("/..") ? own.mountPoint().resolve(path.substring(1)) : null;
    }

    private static String membership(String process) throws IOException {
        for (String line : BoundedReads.lines(Path.of("/proc", process, "cgroup"))) {
            if (line.startsWith("0::")) {
                return line.substring(3);
            }
        }
        return "";
    }
}
