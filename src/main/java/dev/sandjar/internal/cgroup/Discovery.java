package dev.sandjar.internal.cgroup;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cgroups of this process by what the kernel says ({@code /proc/self/cgroup} and {@code /proc/self/mountinfo}),
 * and by usual places only where it names several. What can't be read or makes no sense is absent.
 */
public final class Discovery {
    /** Below the root. */
    private static final String USUAL = "sys/fs/cgroup";

    private final Path root;

    private Discovery(Path root) {
        this.root = root;
    }

    /** Of this process. */
    public static List<OwnGroup> ofThisProcess() {
        return in(Path.of("/"));
    }

    /**
     * Of the process whose {@code /proc} and cgroup file systems were recorded below a directory.
     *
     * @return v1 hierarchies with a controller that Sandjar uses, or if there are none that of v2. Beside v1, that of v2
     *     is a service manager's to order processes by, and has only controllers that nobody mounted
     */
    public static List<OwnGroup> in(Path root) {
        return new Discovery(root).find();
    }

    private List<OwnGroup> find() {
        String memberships = GroupFiles.read(root.resolve("proc/self/cgroup"));
        String mountinfo = GroupFiles.read(root.resolve("proc/self/mountinfo"));
        if (memberships == null || mountinfo == null) {
            return List.of();
        }
        List<CgroupMount> mounts = CgroupMount.parse(mountinfo);
        List<OwnGroup> found = new ArrayList<>();
        for (Membership membership : Membership.parse(memberships)) {
            OwnGroup own = locate(membership, mounts);
            if (own != null) {
                found.add(own);
            }
        }
        found.removeIf(own -> !own.isV2() && own.controllers().isEmpty());
        boolean v1 = found.stream().anyMatch(own -> !own.isV2());
        found.removeIf(own -> own.isV2() && v1);
        return List.copyOf(found);
    }

    /**
     * Of the mounts that show the group a writable one, then one at the usual place, then the first: others are binds of it, such as
     * those of a chroot, which may go at any time.
     */
    private @Nullable OwnGroup locate(Membership membership, List<CgroupMount> mounts) {
        OwnGroup best = null;
        for (int i = 0; i < mounts.size(); i++) {
            CgroupMount mount = mounts.get(i);
            boolean shows = membership.isIn(mount) && !isHidden(mount, mounts.subList(i + 1, mounts.size()));
            OwnGroup own = shows ? at(membership, mount) : null;
            if (own != null && (best == null || rank(own) > rank(best))) {
                best = own;
            }
        }
        return best;
    }

    private static boolean isHidden(CgroupMount mount, List<CgroupMount> later) {
        return later.stream().anyMatch(other -> other.mountPoint().equals(mount.mountPoint()));
    }

    private int rank(OwnGroup own) {
        return (own.readOnly() ? 0 : 2) + (own.mountPoint().startsWith(root.resolve(USUAL)) ? 1 : 0);
    }

    private @Nullable OwnGroup at(Membership membership, CgroupMount mount) {
        String path = mount.pathOf(membership.path());
        if (path == null) {
            return null;
        }
        try {
            Path directory = below(path);
            if (!Files.exists(directory.resolve("cgroup.procs"))) {
                return null;
            }
            boolean v2 = mount.version() == 2;
            boolean top = mount.root().equals("/")
                    && membership.path().equals("/")
                    && !(v2 && Files.exists(directory.resolve("cgroup.type")));
            return new OwnGroup(
                    mount.version(),
                    v2 ? controllersOf(directory) : membership.controllers(),
                    below(mount.mountPoint()),
                    directory,
                    mount.isReadOnly(),
                    top);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private Path below(String path) {
        int start = 0;
        while (start < path.length() && path.charAt(start) == '/') {
            start++;
        }
        return root.resolve(path.substring(start));
    }

    private static Set<Controller> controllersOf(Path directory) {
        return enabled(GroupFiles.read(directory.resolve("cgroup.controllers")));
    }

    /** A list of v2 controllers, as in {@code cgroup.controllers} and {@code cgroup.subtree_control}. */
    static Set<Controller> enabled(@Nullable String text) {
        Set<Controller> set = EnumSet.noneOf(Controller.class);
        if (text != null) {
            for (String name : text.split("\\s+")) {
                Controller controller = Controller.ofV2(name);
                if (controller != null) {
                    set.add(controller);
                }
            }
        }
        return set;
    }
}
