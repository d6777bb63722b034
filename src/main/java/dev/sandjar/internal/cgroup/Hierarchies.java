package dev.sandjar.internal.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Describes what groups below a directory of this process can do. */
public final class Hierarchies {
    private Hierarchies() {}

    /**
     * Reads the names in a group, which those below it will have too once its controllers are passed on.
     *
     * @param own where it lies
     * @param root the directory that groups will be made in, with {@code cgroup.subtree_control} written on v2
     * @param loadsPrograms whether this process may attach device programs, on v2
     */
    public static Hierarchy read(OwnGroup own, Path root, boolean loadsPrograms) throws IOException {
        return read(own, root, "cgroup.subtree_control", loadsPrograms);
    }

    /**
     * Reads the names in a group that is as those that sandboxes will get.
     *
     * @param parent of it
     * @param loadsPrograms whether this process may attach device programs, on v2
     */
    public static Hierarchy readLeaf(OwnGroup parent, Path leaf, boolean loadsPrograms) throws IOException {
        return read(parent, leaf, "cgroup.controllers", loadsPrograms);
    }

    private static Hierarchy read(OwnGroup own, Path root, String controllersOfV2, boolean loadsPrograms)
            throws IOException {
        Set<String> files = new HashSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, p -> !Files.isDirectory(p))) {
            for (Path entry : entries) {
                files.add(String.valueOf(entry.getFileName()));
            }
        }
        if (!own.isV2()) {
            return new Hierarchy(
                    1,
                    own.controllers(),
                    files,
                    first(root, own.directory(), "cpuset.effective_cpus", "cpuset.cpus"),
                    first(root, own.directory(), "cpuset.effective_mems", "cpuset.mems"));
        }
        Set<Controller> controllers = EnumSet.noneOf(Controller.class);
        controllers.addAll(Discovery.enabled(GroupFiles.read(root.resolve(controllersOfV2))));
        if (files.contains("cpu.stat")) {
            controllers.add(Controller.CPUACCT);
        }
        if (files.contains("cgroup.freeze")) {
            controllers.add(Controller.FREEZER);
        }
        if (loadsPrograms) {
            controllers.add(Controller.DEVICES);
        }
        return new Hierarchy(
                2,
                controllers,
                files,
                first(root, own.directory(), "cpuset.cpus.effective"),
                first(root, own.directory(), "cpuset.mems.effective"));
    }

    /**
     * Fills the sets of a new root of v1 from the group above: the kernel begins with empty ones, and takes nothing into a
     * group below that its parent doesn't have. Other hierarchies, and sets that aren't empty, stay as they are.
     */
    public static void fillSets(OwnGroup own, Path root) throws IOException {
        if (own.isV2() || !own.controllers().contains(Controller.CPUSET)) {
            return;
        }
        for (String name : new String[] {"cpuset.cpus", "cpuset.mems"}) {
            String present = GroupFiles.read(root.resolve(name));
            String above = GroupFiles.read(own.directory().resolve(name));
            if (present != null && present.isBlank() && above != null && !above.isBlank()) {
                GroupFiles.write(root.resolve(name), above.strip());
            }
        }
    }

    /** Whether {@code /proc/swaps}, below its heading, lists anything. */
    public static boolean swapInUse(Path root) {
        String text = GroupFiles.read(root.resolve("proc/swaps"));
        return text != null && text.lines().filter(line -> !line.isBlank()).count() > 1;
    }

    /** A new group of v1 has empty sets until somebody fills them, so the group above it is asked next. */
    private static String first(Path root, Path own, String... names) {
        for (Path directory : new Path[] {root, own}) {
            for (String name : names) {
                @Nullable String text = GroupFiles.read(directory.resolve(name));
                if (text != null && !text.isBlank()) {
                    return text.strip();
                }
            }
        }
        return "";
    }
}
