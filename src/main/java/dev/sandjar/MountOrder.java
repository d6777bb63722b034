package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order in which what a builder has is put into the root, whatever the order of the calls: a directory before what lies below
 * it, and what hides or protects after everything else. Three rules decide where that leaves a question:
 *
 * <ul>
 *   <li>Mounts with every option spelled out ({@link SandboxBuilder#mount}) keep the order in which they were said among themselves, as
 *       {@code mount(8)} and the OCI runtime specification have it.
 *   <li>Files, links, directories and devices that a preset, an image or an earlier sandbox has put into a directory give way to a mount
 *       on that directory: it shows what the mount has. What they mount, mask and make read-only stays, but for the very place that is
 *       mounted on.
 *   <li>What a mask would cover is refused, unless it came from a preset, an image or an earlier sandbox: then the mask hides it.
 * </ul>
 */
final class MountOrder {
    /** @param base whether it comes from a preset, an image or another sandbox */
    record Item(MountEntry entry, boolean base) {
        String target() {
            return entry.target();
        }
    }

    private final List<Item> items;
    private final List<String> problems;

    private MountOrder(List<Item> items, List<String> problems) {
        this.items = items;
        this.problems = problems;
    }

    /** The entries in their order; adds to {@code problems} what would be covered. */
    static List<MountEntry> of(List<Item> items, List<String> problems) {
        List<Item> left = items.stream()
                .filter(item -> items.stream().noneMatch(other -> givesWay(item, other)))
                .toList();
        return new MountOrder(left, problems).sorted();
    }

    private static boolean givesWay(Item item, Item to) {
        if (!item.base() || to.base() || !isBelow(item.target(), to.target()) || restricts(item.entry())) {
            return false;
        }
        return to.entry() instanceof MountEntry.Masked || (isContent(item.entry()) && isMount(to.entry()));
    }

    private List<MountEntry> sorted() {
        List<Item> before =
                items.stream().filter(item -> !restricts(item.entry())).toList();
        List<MountEntry> sorted = new ArrayList<>(unrestricted(before));
        // Parents first, since a mask hides what is below.
        items.stream()
                .map(Item::entry)
                .filter(MountOrder::restricts)
                .sorted(Comparator.comparingInt(MountOrder::depth))
                .forEach(sorted::add);
        checkMasks(before);
        return sorted;
    }

    /** As called, but each only after all that it has to wait for. */
    private List<MountEntry> unrestricted(List<Item> before) {
        List<Item> waiting = new ArrayList<>(before);
        List<MountEntry> sorted = new ArrayList<>();
        while (!waiting.isEmpty()) {
            Item next = waiting.stream()
                    .filter(item -> waiting.stream().noneMatch(other -> waits(item, other, before)))
                    .findFirst()
                    .orElse(null);
            if (next == null) {
                knot(waiting);
                waiting.forEach(item -> sorted.add(item.entry()));
                return sorted;
            }
            waiting.remove(next);
            sorted.add(next.entry());
        }
        return sorted;
    }

    @SuppressWarnings("ReferenceEquality") // two entries may be equal, and are two all the same
    private static boolean waits(Item item, Item other, List<Item> called) {
        if (item == other || other.entry() instanceof MountEntry.RootPropagation) {
            return false;
        }
        if (isExact(item.entry()) && isExact(other.entry())) {
            return called.indexOf(other) < called.indexOf(item);
        }
        return isBelow(item.target(), other.target())
                || (item.target().equals(other.target()) && isCover(item.entry()) && !isCover(other.entry()));
    }

    /** Only mounts that keep their order can make one: a directory that is said after what lies below it, and something between. */
    private void knot(List<Item> waiting) {
        for (int i = 0; i < waiting.size(); i++) {
            for (Item later : waiting.subList(i + 1, waiting.size())) {
                if (isExact(waiting.get(i).entry())
                        && isExact(later.entry())
                        && isBelow(waiting.get(i).target(), later.target())) {
                    problems.add(what(waiting.get(i)) + " would be covered by " + what(later)
                            + ", which mount(...) got later; call it for that one first");
                    return;
                }
            }
        }
    }

    private void checkMasks(List<Item> before) {
        for (Item mask : items) {
            for (Item item : before) {
                if (mask.entry() instanceof MountEntry.Masked
                        && !item.base()
                        && isBelow(item.target(), mask.target())) {
                    problems.add(what(item) + " would be covered by " + what(mask)
                            + "; leave one of them out, or mask less");
                }
            }
        }
        for (Item file : before) {
            for (Item item : before) {
                if (file.entry() instanceof MountEntry.FileBytes && isBelow(item.target(), file.target())) {
                    problems.add(what(item) + " can't be below " + what(file));
                }
            }
        }
    }

    private static String what(Item item) {
        return "the " + MountList.kind(item.entry()) + " at " + Printable.quote(item.target());
    }

    static boolean isBelow(String target, String directory) {
        return target.startsWith(directory.equals("/") ? "/" : directory + "/") && !target.equals(directory);
    }

    static boolean restricts(MountEntry entry) {
        return entry instanceof MountEntry.Masked || entry instanceof MountEntry.ReadOnlyPath;
    }

    /** Whether it changes what is there, and so may be said of the place of another. */
    static boolean isCover(MountEntry entry) {
        return restricts(entry)
                || (entry instanceof Mount mount && mount.kind() == Mount.Kind.REMOUNT)
                || entry instanceof MountEntry.StandardDevices;
    }

    static boolean isExact(MountEntry entry) {
        return entry instanceof Mount;
    }

    private static boolean isContent(MountEntry entry) {
        return entry instanceof MountEntry.FileBytes
                || entry instanceof MountEntry.Symlink
                || entry instanceof MountEntry.Directory
                || entry instanceof MountEntry.Device
                || entry instanceof MountEntry.StandardDevices;
    }

    private static boolean isMount(MountEntry entry) {
        return !isContent(entry) && !isCover(entry) && !(entry instanceof MountEntry.RootPropagation);
    }

    private static int depth(MountEntry entry) {
        return (int) entry.target().chars().filter(c -> c == '/').count();
    }
}
