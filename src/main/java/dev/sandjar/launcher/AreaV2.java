package dev.sandjar.launcher;

import dev.sandjar.cgroup.Controller;
import dev.sandjar.cgroup.Hierarchies;
import dev.sandjar.cgroup.Hierarchy;
import dev.sandjar.cgroup.Layout;
import dev.sandjar.cgroup.OwnGroup;
import dev.sandjar.internal.Nullable;
import dev.sandjar.internal.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An area in the hierarchy of cgroup v2. A cgroup that hands controllers down may hold no processes itself, unless it is the root: so
 * those of the own cgroup move one level down, and back at the end. The launcher gets a place inside the area, because a process that
 * begins in a cgroup needs rights over the nearest one above both it and its parent.
 */
final class AreaV2 {
    private static final int ROUNDS = 64;
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
    AreaV2(Kernel kernel, int launcher, boolean loadsPrograms) {
        this.kernel = kernel;
        this.launcher = launcher;
        this.loadsPrograms = loadsPrograms;
    }

    static boolean mayWrite(OwnGroup own) {
        return !own.readOnly()
                && Files.isWritable(own.directory())
                && Files.isWritable(own.directory().resolve("cgroup.procs"))
                && Files.isWritable(own.directory().resolve("cgroup.subtree_control"));
    }

    /** Below the own cgroup. */
    Area nested(OwnGroup own) throws IOException {
        Path top = own.directory();
        int turn = takeTurn(top);
        try {
            new Leftovers(kernel).removeBelow(top);
            Path host = makeRoom(own);
            handDown(top);
            LockedDirectory made = LockedDirectory.make(kernel, top);
            locks.add(made.fd());
            Area area = inside(own, made.path(), host == null ? top : host, true);
            List<EndAction> actions = new ArrayList<>(area.endActions());
            if (host != null) {
                actions.add(EndAction.write(top.resolve("cgroup.subtree_control"), takenBack(top)));
                actions.add(EndAction.moveAll(host, top));
                actions.add(EndAction.remove(host));
            }
            return new Area(area.layout(), area.owned(), area.directories(), area.locks(), actions);
        } catch (IOException | RuntimeException | Error e) {
            locks.forEach(kernel::close);
            throw e;
        } finally {
            kernel.close(turn);
        }
    }

    /** In a cgroup that holds nothing but the launcher, and that its owner removes with all that is below. */
    Area owned(OwnGroup own, Path scope) throws IOException {
        return inside(own, scope, scope, false);
    }

    private Area inside(OwnGroup own, Path area, Path back, boolean remove) throws IOException {
        Path place = Files.createDirectory(area.resolve("launcher"));
        write(place.resolve("cgroup.procs"), Integer.toString(launcher));
        handDown(area);
        if (remove) {
            atEnd.add(EndAction.moveAll(place, back));
            atEnd.add(EndAction.remove(place));
            atEnd.add(EndAction.remove(area));
        }
        Hierarchy hierarchy = Hierarchies.read(own, area, loadsPrograms);
        Layout layout = new Layout(List.of(hierarchy), Hierarchies.swapInUse(Path.of("/")));
        return new Area(layout, List.of(own), List.of(area), locks, atEnd);
    }

    /** Several processes of one cgroup may come here at once. */
    private int takeTurn(Path directory) throws IOException {
        int fd = HostFiles.open(kernel, "lock the cgroup of this process", directory, Kernel.O_RDONLY);
        int result = kernel.flock(fd, true);
        if (result < 0) {
            kernel.close(fd);
            Calls.check(result, "lock the cgroup of this process", "flock", PathBytes.shown(directory));
        }
        return fd;
    }

    /** Moves the processes of the own cgroup out of the way, if that is needed; to where. */
    private @Nullable Path makeRoom(OwnGroup own) throws IOException {
        Path procs = own.directory().resolve("cgroup.procs");
        if (own.root() || read(procs).isBlank()) {
            return null;
        }
        Path host = Files.createDirectory(own.directory()
                .resolve(String.format(
                        "sandjar-host-%08x", ThreadLocalRandom.current().nextInt())));
        for (int round = 0; round < ROUNDS; round++) {
            String left = read(procs);
            if (left.isBlank()) {
                return host;
            }
            for (String pid : left.split("\n")) {
                move(pid, host);
            }
        }
        throw new IOException("processes keep coming into " + own.directory() + " while they are moved out of it");
    }

    private static void move(String pid, Path to) throws IOException {
        try {
            write(to.resolve("cgroup.procs"), pid);
        } catch (IOException e) {
            if (Files.exists(Path.of("/proc", pid))) {
                throw e;
            }
        }
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

    private static String takenBack(Path directory) throws IOException {
        String enabled = read(directory.resolve("cgroup.subtree_control")).strip();
        return enabled.isEmpty() ? "" : "-" + enabled.replace(" ", " -");
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.US_ASCII);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.US_ASCII);
    }
}
