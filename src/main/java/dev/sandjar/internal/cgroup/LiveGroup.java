package dev.sandjar.internal.cgroup;

import dev.sandjar.Limits;
import dev.sandjar.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The groups of a sandbox while it runs. Hierarchies that its limits don't need have no directory. Safe for use by many
 * threads, but for {@link #update}, {@link #freeze} and {@link #thaw}, which callers put in an order.
 */
public final class LiveGroup {
    private final Layout layout;
    private final List<Path> leaves;

    /**
     * Looks at nothing yet.
     *
     * @param leaves the directory of the sandbox in each hierarchy of the layout, made or not
     */
    public LiveGroup(Layout layout, List<Path> leaves) {
        this.layout = layout;
        this.leaves = List.copyOf(leaves);
    }

    /** What it uses now. Nothing is known of a group that is gone. */
    public GroupUsage usage() {
        return Statistics.parse(layout, (hierarchy, file) -> {
            Hierarchy h = layout.get(hierarchy);
            return h.has(file) ? GroupFiles.read(leaves.get(hierarchy).resolve(file)) : null;
        });
    }

    /** A file of the group in a hierarchy; null if the group is gone or never had it. */
    public @Nullable String read(int hierarchy, String file) {
        return GroupFiles.read(leaves.get(hierarchy).resolve(file));
    }

    /** Processes in any of the groups, those below included, as this process numbers them. Empty once all have ended. */
    public Set<Long> processes() {
        return ProcessLists.of(members());
    }

    /** Where members are listed: every group but that of the v1 freezer, which not all may have entered. */
    private List<Path> members() {
        for (int i = 0; i < leaves.size(); i++) {
            boolean freezer = layout.get(i).controllers().equals(Set.of(Controller.FREEZER));
            if ((!freezer || layout.get(i).isV2()) && Files.isDirectory(leaves.get(i))) {
                return List.of(leaves.get(i));
            }
        }
        return List.of();
    }

    /**
     * Changes limits. They take effect one after the other; those before one that fails stay changed.
     *
     * @param current the limits that hold now
     * @param change those to set; unset ones stay as they are
     * @throws SandboxException if one can't be set, with the file and the error
     */
    public void update(Limits current, Limits change, DeviceNumbers devices) throws IOException {
        new LiveUpdate(layout, leaves).apply(current, change, devices);
    }

    /** As {@link #freeze(Supplier)} where a group lists the processes. */
    public void freeze() throws IOException {
        freeze(List::of);
    }

    /**
     * Stops every process, and waits until they have stopped.
     *
     * @param otherwise tells the processes where no group does
     * @throws SandboxException if there is no way to, or they don't stop in time; they run on then
     */
    public void freeze(Supplier<? extends Collection<Long>> otherwise) throws IOException {
        int index = freezer("freeze");
        Freezer freezer = new Freezer(leaves.get(index));
        if (layout.get(index).isV2()) {
            freezer.freezeV2();
        } else {
            freezer.freezeV1(() -> {
                List<Path> listed = members();
                return listed.isEmpty() ? new TreeSet<>(otherwise.get()) : ProcessLists.of(listed);
            });
        }
    }

    /** Lets processes go on; nothing happens if they weren't frozen. */
    public void thaw() throws IOException {
        int index = freezer("thaw");
        Freezer freezer = new Freezer(leaves.get(index));
        if (layout.get(index).isV2()) {
            freezer.thawV2();
        } else {
            freezer.thawV1();
        }
    }

    private int freezer(String verb) throws SandboxException {
        OptionalInt index = layout.of(Controller.FREEZER);
        if (index.isEmpty()) {
            throw new SandboxException(
                    verb + " the sandbox",
                    null,
                    null,
                    0,
                    "no cgroup hierarchy with a freezer can be written here",
                    layout.isV2() ? "use Linux 5.2 or later" : "mount the v1 freezer hierarchy, or use cgroup v2");
        }
        return index.getAsInt();
    }
}
