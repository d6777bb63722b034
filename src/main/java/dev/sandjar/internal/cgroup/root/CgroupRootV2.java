package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Hierarchies;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.hostfs.LockedDirectory;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A root in the hierarchy of cgroup v2. The launcher gets a place inside the root, because a process that begins in a cgroup needs
 * rights over the nearest one above both it and its parent.
 */
final class CgroupRootV2 {
    /** Of the launcher, in its root. */
    static final String PLACE = "launcher";

    private static final Set<Controller> HANDED_DOWN = Collections.unmodifiableSet(EnumSet.of(
            Controller.MEMORY,
            Controller.CPU,
            Controller.CPUSET,
            Controller.PIDS,
            Controller.IO,
            Controller.HUGETLB,
            Controller.RDMA,
            Controller.MISC));

    private final Kernel kernel;
    private final int launcher;
    private final boolean loadsPrograms;
    private final List<Integer> locks = new ArrayList<>();
    private final List<EndAction> atEnd = new ArrayList<>();

    /** @param loadsPrograms whether this process may attach BPF programs */
    CgroupRootV2(Kernel kernel, int launcher, boolean loadsPrograms) {
        this.kernel = kernel;
        this.launcher = launcher;
        this.loadsPrograms = loadsPrograms;
    }

    static boolean mayWrite(OwnGroup own) {
        Path top = UnitCgroup.top(own);
        return !own.readOnly()
                && Files.isWritable(top)
                && Files.isWritable(top.resolve("cgroup.procs"))
                && Files.isWritable(top.resolve("cgroup.subtree_control"));
    }

    /** Below the own cgroup, or that which its processes were moved out of. */
    CgroupRoot nested(OwnGroup own) throws IOException {
        UnitCgroup unit = UnitCgroup.of(kernel, own);
        int turn = unit.lock();
        try {
            new Leftovers(kernel).removeBelow(unit.top());
            Path host = unit.makeRoom();
            handDown(unit.top());
            LockedDirectory made = LockedDirectory.make(kernel, unit.top());
            locks.add(made.fd());
            CgroupRoot root = inside(own, made.path(), host == null ? unit.top() : host, true);
            List<EndAction> actions = new ArrayList<>(root.endActions());
            if (host != null) {
                actions.addAll(unit.restoring());
            }
            return new CgroupRoot(root.layout(), root.owned(), root.directories(), root.locks(), actions);
        } catch (IOException | RuntimeException | Error e) {
            locks.forEach(kernel::close);
            putBack(unit, e);
            throw e;
        } finally {
            kernel.close(turn);
        }
    }

    private static void putBack(UnitCgroup unit, Throwable failure) {
        try {
            unit.restore();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** In a cgroup that holds nothing but the launcher, and that its owner removes with all that is below. */
    CgroupRoot owned(OwnGroup own, Path scope) throws IOException {
        return inside(own, scope, scope, false);
    }

    private CgroupRoot inside(OwnGroup own, Path root, Path back, boolean remove) throws IOException {
        // As LockedDirectory makes them; a scope is systemd's.
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
        Path place = Files.createDirectory(root.resolve(PLACE));
        write(place.resolve("cgroup.procs"), Integer.toString(launcher));
        handDown(root);
        if (remove) {
            atEnd.add(EndAction.moveAll(place, back));
            atEnd.add(EndAction.remove(place));
            atEnd.add(EndAction.remove(root));
        }
        Hierarchy hierarchy = Hierarchies.read(own, root, loadsPrograms);
        Layout layout = new Layout(List.of(hierarchy), Hierarchies.swapInUse(Path.of("/")));
        return new CgroupRoot(layout, List.of(own), List.of(root), locks, atEnd);
    }

    /** Whatever the directory has itself: a scope may have got more than the cgroup that this process came from. */
    private static void handDown(Path directory) throws IOException {
        Set<String> offered =
                Set.of(read(directory.resolve("cgroup.controllers")).split("\\s+"));
        Set<String> done =
                Set.of(read(directory.resolve("cgroup.subtree_control")).split("\\s+"));
        for (Controller controller : HANDED_DOWN) {
            if (offered.contains(controller.label()) && !done.contains(controller.label())) {
                enable(directory, controller);
            }
        }
    }

    /** One that can't be had now is missing in the layout, and a limit that needs it says so. */
    private static void enable(Path directory, Controller controller) throws IOException {
        try {
            write(directory.resolve("cgroup.subtree_control"), "+" + controller.label());
        } catch (IOException e) {
            boolean essential = controller == Controller.MEMORY || controller == Controller.PIDS;
            if (essential) {
                throw e;
            }
        }
    }

    private static String read(Path file) throws IOException {
        return BoundedReads.text(file);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.US_ASCII);
    }
}
