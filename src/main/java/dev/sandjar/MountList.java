package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ordered entries of {@link Mounts}, each target at most once, while they are being changed. */
final class MountList {
    /** A plan holds 1,024 operations, and a bind takes two. */
    private static final int ENTRIES_MAX = 400;
    /** All of a plan has to fit into one message to the launcher. */
    private static final long CONTENT_MAX = 8L * 1024 * 1024;

    private static final String PROC = "/proc";
    private static final String DEV = "/dev";

    private final List<Slot> slots = new ArrayList<>();
    private boolean procDecided;
    private boolean devDecided;
    /** Whether all that there is to be was said at once, also what an image had to say of it. */
    private boolean whole;

    private OptionalInt terminals = OptionalInt.empty();
    /** Whether programs may run on a tmpfs of which nothing else is said. */
    private boolean exec;

    /** @param base whether it comes from a preset or another sandbox, so that a later call may replace it */
    private record Slot(MountEntry entry, boolean base) {}

    /** All that there is, without what comes with a root. */
    static MountList of(List<MountEntry> entries) {
        MountList list = new MountList();
        for (MountEntry entry : entries) {
            list.add(entry instanceof Mount mount ? mount.complete() : entry);
            if (entry instanceof MountEntry.Dev dev) {
                list.terminals = dev.terminals();
            }
        }
        list.exec = entries.stream()
                .filter(MountEntry.Dev.class::isInstance)
                .map(MountEntry.Dev.class::cast)
                .findFirst()
                .map(MountEntry.Dev::exec)
                .orElseGet(() -> entries.stream()
                        .anyMatch(entry -> entry instanceof MountEntry.Tmpfs tmpfs
                                && tmpfs.options().contains(MountOption.EXEC)));
        list.procDecided = true;
        list.devDecided = true;
        list.whole = true;
        return list.copyAsBase();
    }

    MountList copy() {
        return with(slots);
    }

    /** In their order of placement, as if from another sandbox. */
    MountList placed(List<MountEntry> entries) {
        MountList placed =
                with(entries.stream().map(entry -> new Slot(entry, true)).toList());
        placed.procDecided = true;
        placed.devDecided = true;
        placed.whole = true;
        return placed;
    }

    List<MountEntry> entries() {
        return slots.stream().map(Slot::entry).toList();
    }

    private MountList with(List<Slot> others) {
        MountList copy = new MountList();
        copy.slots.addAll(others);
        copy.procDecided = procDecided;
        copy.devDecided = devDecided;
        copy.whole = whole;
        copy.terminals = terminals;
        copy.exec = exec;
        return copy;
    }

    /** For a new builder: there, every entry may be replaced. */
    MountList copyAsBase() {
        return with(slots.stream().map(slot -> new Slot(slot.entry(), true)).toList());
    }

    /** Appends, or takes the place of all that a preset had at this target. */
    void add(MountEntry entry) {
        List<Slot> replaced = new ArrayList<>();
        for (Slot slot : slots) {
            if (!slot.entry().target().equals(entry.target()) || isCoverOver(entry, slot) || isStacked(entry, slot)) {
                continue;
            }
            if (!slot.base() && MountOrder.restricts(entry) && slot.entry().equals(entry)) {
                return; // said once more
            }
            if (!slot.base() && masksFromAll(entry, slot.entry())) {
                replaced.add(slot);
                continue;
            }
            if (!slot.base()) {
                throw new IllegalArgumentException("mount target " + Printable.quote(entry.target())
                        + " is used twice: for a " + described(slot.entry()) + " and for a " + described(entry));
            }
            replaced.add(slot);
        }
        Slot added = new Slot(entry, false);
        if (replaced.isEmpty()) {
            Checks.range("number of mounts", slots.size() + 1, 0, ENTRIES_MAX);
            slots.add(added);
            return;
        }
        slots.set(slots.indexOf(replaced.get(0)), added);
        slots.removeAll(replaced);
    }

    /** Whether nobody has said anything of this place; what is added then may still be replaced. */
    boolean takesDefault(MountEntry entry) {
        return !whole && isFree(entry.target()) && slots.size() < ENTRIES_MAX;
    }

    void addDefault(MountEntry entry) {
        slots.add(new Slot(entry, true));
    }

    /** What is masked from root alone may be masked from everybody. */
    private static boolean masksFromAll(MountEntry entry, MountEntry earlier) {
        return entry instanceof MountEntry.Masked mask
                && earlier instanceof MountEntry.Masked known
                && !mask.rootOnly()
                && known.rootOnly();
    }

    /** Whether both stay, one done to the other. What is mounted on a place that a preset has covered takes the cover away. */
    private static boolean isCoverOver(MountEntry entry, Slot slot) {
        return !isSameKind(entry, slot.entry())
                && (MountOrder.isCover(entry) || (MountOrder.isCover(slot.entry()) && !slot.base()));
    }

    /** A remount is no mount. */
    private static boolean isSameKind(MountEntry one, MountEntry other) {
        return one.getClass() == other.getClass()
                && (!(one instanceof Mount mount) || !(other instanceof Mount that) || mount.kind() == that.kind());
    }

    /** Whether the later one lies over the earlier, as with {@code mount(8)}. */
    private static boolean isStacked(MountEntry entry, Slot slot) {
        return !slot.base() && MountOrder.isExact(entry) && MountOrder.isExact(slot.entry());
    }

    void proc(Set<ProcOption> options) {
        replaceOrAdd(new MountEntry.Proc(options, false));
        procDecided = true;
    }

    void maskKernelPaths() {
        KernelPaths.MASKED.forEach(path -> addIfFree(new MountEntry.Masked(path, false)));
        KernelPaths.MASKED_FROM_ROOT.forEach(path -> addIfFree(new MountEntry.Masked(path, true)));
        KernelPaths.READ_ONLY.forEach(path -> addIfFree(new MountEntry.ReadOnlyPath(path)));
    }

    /** Unless somebody has covered it in the same way. */
    private void addIfFree(MountEntry entry) {
        boolean covered = slots.stream()
                .anyMatch(slot -> slot.entry().getClass() == entry.getClass()
                        && slot.entry().target().equals(entry.target()));
        if (!covered) {
            add(entry);
        }
    }

    void replaceSources(Map<Path, Path> copies) {
        slots.replaceAll(slot -> slot.entry() instanceof MountEntry.Bind bind
                ? new Slot(
                        new MountEntry.Bind(
                                copies.getOrDefault(bind.source(), bind.source()),
                                bind.target(),
                                bind.readOnly(),
                                bind.options()),
                        slot.base())
                : slot);
    }

    void noProc() {
        slots.removeIf(slot -> slot.entry() instanceof MountEntry.Proc);
        procDecided = true;
    }

    void dev() {
        replaceOrAdd(new MountEntry.Dev(false, OptionalInt.empty(), false));
        devDecided = true;
    }

    void exec(boolean allowed) {
        exec = allowed;
    }

    void ptyLimit(int max) {
        terminals = new MountEntry.Dev(false, OptionalInt.of(max), false).terminals();
    }

    void noDev() {
        slots.removeIf(slot -> slot.entry() instanceof MountEntry.Dev);
        devDecided = true;
    }

    /** Of these there is only one, so that asking again only changes its options. */
    private void replaceOrAdd(MountEntry entry) {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).entry().getClass() == entry.getClass()) {
                slots.set(i, new Slot(entry, false));
                return;
            }
        }
        add(entry);
    }

    List<MountEntry> complete(boolean ownRoot, boolean newMounts, boolean newPids, List<String> problems) {
        List<MountEntry> entries = new ArrayList<>();
        if (ownRoot && newPids && !procDecided && isFree(PROC)) {
            entries.add(new MountEntry.Proc(Set.of(), true));
        }
        if (ownRoot && !devDecided && isFree(DEV)) {
            entries.add(new MountEntry.Dev(true, OptionalInt.empty(), false));
        }
        List<MountOrder.Item> items = new ArrayList<>();
        entries.forEach(entry -> items.add(new MountOrder.Item(complete(entry), true)));
        slots.forEach(slot -> items.add(new MountOrder.Item(complete(slot.entry()), slot.base())));
        check(ownRoot, newMounts, problems);
        return MountOrder.of(items, problems);
    }

    /** With what calls for the whole sandbox have said, in whatever order. */
    private MountEntry complete(MountEntry entry) {
        if (entry instanceof MountEntry.Dev dev) {
            return new MountEntry.Dev(dev.automatic(), terminals, exec);
        }
        if (entry instanceof MountEntry.Tmpfs tmpfs) {
            return tmpfs.exec(exec);
        }
        return entry;
    }

    boolean isFree(String target) {
        return slots.stream().noneMatch(slot -> slot.entry().target().equals(target));
    }

    private void check(boolean ownRoot, boolean newMounts, List<String> problems) {
        long content = 0;
        for (Slot slot : slots) {
            MountEntry entry = slot.entry();
            String what = "the " + kind(entry) + " at " + Printable.quote(entry.target());
            if (!newMounts) {
                problems.add(what + " needs mountNamespace() or a rootfs(...) of its own");
            } else if (!ownRoot && changesRoot(entry)) {
                problems.add(what + " would change the host's own files: it needs a rootfs(...) other than host()");
            }
            if (entry instanceof MountEntry.FileBytes file) {
                content += file.content().length;
            }
        }
        if (content > CONTENT_MAX) {
            problems.add("the contents of all file(...) take " + content + " bytes, allowed are " + CONTENT_MAX
                    + "; bind larger files");
        }
    }

    private static String described(MountEntry entry) {
        Path source = entry instanceof MountEntry.Bind bind
                ? bind.source()
                : entry instanceof Mount mount ? mount.path().orElse(null) : null;
        return kind(entry) + (source == null ? "" : " of " + Printable.quote(PathBytes.shown(source)));
    }

    private static boolean changesRoot(MountEntry entry) {
        return entry instanceof MountEntry.FileBytes
                || entry instanceof MountEntry.Symlink
                || entry instanceof MountEntry.Directory
                || entry instanceof MountEntry.Dev
                || entry instanceof MountEntry.Device
                || entry instanceof MountEntry.StandardDevices
                || entry instanceof MountEntry.RootPropagation;
    }

    static String kind(MountEntry entry) {
        if (entry instanceof MountEntry.Bind) {
            return "bind";
        } else if (entry instanceof MountEntry.FileBytes) {
            return "file";
        } else if (entry instanceof MountEntry.Masked) {
            return "mask";
        } else if (entry instanceof MountEntry.ReadOnlyPath) {
            return "read-only path";
        } else if (entry instanceof Mount mount) {
            return mount.type()
                    .map(type -> type.startsWith("cgroup") ? "cgroups" : type)
                    .orElse(
                            mount.path().isPresent()
                                    ? "bind"
                                    : mount.kind() == Mount.Kind.OVERLAY ? "overlay" : "remount");
        }
        return entry.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MountList that
                && slots.equals(that.slots)
                && procDecided == that.procDecided
                && devDecided == that.devDecided
                && whole == that.whole
                && terminals.equals(that.terminals)
                && exec == that.exec;
    }

    @Override
    public int hashCode() {
        return Objects.hash(slots, procDecided, devDecided, whole, terminals, exec);
    }
}
