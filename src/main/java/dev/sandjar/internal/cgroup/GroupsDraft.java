package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Groups while limits are added to them. */
final class GroupsDraft {
    private final Layout layout;
    private final Map<Integer, Slot> slots = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    GroupsDraft(Layout layout) {
        this.layout = layout;
    }

    /** The group of one hierarchy. */
    final class Slot {
        private final int index;
        private final Hierarchy hierarchy;
        private final Set<Controller> used = EnumSet.noneOf(Controller.class);
        private final List<Write> writes = new ArrayList<>();
        private final List<Write> onKill = new ArrayList<>();
        private @Nullable Cpu cpu;
        private @Nullable OomWatch oomWatch;
        private @Nullable DeviceProgram deviceProgram;

        private Slot(int index) {
            this.index = index;
            this.hierarchy = layout.get(index);
        }

        Hierarchy hierarchy() {
            return hierarchy;
        }

        boolean isV2() {
            return hierarchy.isV2();
        }

        /** Writes a file that groups here have; otherwise that is a problem of the limit. */
        void write(Limit limit, String file, String text) {
            if (hierarchy.has(file)) {
                writes.add(new Write(file, text, limit, mechanism(file)));
            } else {
                problem(limit, "groups have no " + file + " here", "use a kernel that has it");
            }
        }

        /** A value that no limit asked for. */
        void fill(String file, String text) {
            writes.add(new Write(file, text, null, mechanism(file)));
        }

        boolean writes(String file) {
            return writes.stream().anyMatch(w -> w.file().equals(file));
        }

        void onKill(String file, String text) {
            onKill.add(new Write(file, text, null, mechanism(file)));
        }

        void cpu(Cpu cpuTime) {
            cpu = cpuTime;
        }

        void oomWatch(OomWatch watch) {
            oomWatch = watch;
        }

        void deviceProgram(DeviceProgram program) {
            deviceProgram = program;
        }

        private String mechanism(String file) {
            return "cgroup v" + hierarchy.version() + " " + file;
        }

        private Group finish(boolean accounting) {
            boolean deferred = !layout.isPlaced() && !isV2() && used.equals(Set.of(Controller.FREEZER));
            return new Group(
                    index,
                    deferred,
                    writes,
                    deferred ? null : isV2() ? "cgroup.procs" : "tasks",
                    deferred ? List.of() : Reads.of(hierarchy, used, accounting),
                    onKill,
                    cpu,
                    oomWatch,
                    deviceProgram);
        }
    }

    Layout layout() {
        return layout;
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    void problem(Limit limit, String reason, String remedy) {
        problems.add(new Problem(limit, reason, remedy));
    }

    /** The group with this controller, made if it isn't there yet; null if the layout has none. */
    @Nullable
    Slot use(Controller controller) {
        OptionalInt index = layout.of(controller);
        if (index.isEmpty()) {
            return null;
        }
        Slot slot = use(index.getAsInt());
        slot.used.add(controller);
        return slot;
    }

    /** The group of a hierarchy, made if it isn't there yet. */
    Slot use(int index) {
        return slots.computeIfAbsent(index, Slot::new);
    }

    /** As {@link #use}, but that there is none is a problem of the limit. */
    @Nullable
    Slot need(Limit limit, Controller controller) {
        Slot slot = use(controller);
        if (slot == null) {
            Missing.add(this, limit, controller);
        }
        return slot;
    }

    Groups finish(boolean accounting) {
        return new Groups(slots.values().stream().map(s -> s.finish(accounting)).toList(), problems);
    }
}
