package dev.sandjar.internal.cgroup;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What groups can tell as it happens: which files to watch, and what a change in them says. */
public final class Events {
    private static final long NANOS_PER_MICRO = 1_000;

    private Events() {}

    /** What may happen. */
    public enum Kind {
        /** Throttled at memory.high. */
        MEMORY_HIGH,
        /** Memory would have grown over its limit. */
        MEMORY_MAX,
        /** Memory could not be had by reclaim. */
        OOM,
        /** A process was killed for it. */
        OOM_KILL,
        /** A fork failed at the limit. */
        PIDS_MAX
    }

    /** How a change of a file is learned of. */
    public enum Notice {
        /** {@code inotify(7)} IN_MODIFY, or POLLPRI of {@code poll(2)}. */
        MODIFIED,
        /** An eventfd that is registered through {@code cgroup.event_control}. */
        EVENTFD,
        /** Only by reading it again. */
        NONE
    }

    /** A file of the group in a hierarchy. */
    public record Watch(int hierarchy, String file, Notice notice) {}

    /**
     * Something that has happened.
     *
     * @param count how often since the text before
     */
    public record Occurrence(Kind kind, long count) {}

    private record Key(Kind kind, String file, String key) {}

    private static final List<Key> KEYS = List.of(
            new Key(Kind.MEMORY_HIGH, "memory.events", "high"),
            new Key(Kind.MEMORY_MAX, "memory.events", "max"),
            new Key(Kind.MEMORY_MAX, "memory.failcnt", ""),
            new Key(Kind.MEMORY_MAX, "memory.memsw.failcnt", ""),
            new Key(Kind.OOM, "memory.events", "oom"),
            new Key(Kind.OOM_KILL, "memory.events", "oom_kill"),
            new Key(Kind.OOM_KILL, "memory.oom_control", "oom_kill"),
            new Key(Kind.PIDS_MAX, "pids.events", "max"));

    /** What to watch; only hierarchies that the sandbox has a group in will have these files. */
    public static List<Watch> watches(Layout layout) {
        List<Watch> watches = new ArrayList<>();
        add(watches, layout, Controller.MEMORY, "memory.events", Notice.MODIFIED);
        add(watches, layout, Controller.MEMORY, "memory.oom_control", Notice.EVENTFD);
        add(watches, layout, Controller.MEMORY, "memory.failcnt", Notice.NONE);
        add(watches, layout, Controller.MEMORY, "memory.memsw.failcnt", Notice.NONE);
        add(watches, layout, Controller.PIDS, "pids.events", Notice.MODIFIED);
        return watches;
    }

    private static void add(List<Watch> watches, Layout layout, Controller controller, String file, Notice notice) {
        OptionalInt index = layout.of(controller);
        if (index.isPresent() && layout.get(index.getAsInt()).has(file)) {
            watches.add(new Watch(index.getAsInt(), file, notice));
        }
    }

    /**
     * What has happened between two readings of a file.
     *
     * @param before null for a file not read before: then everything that it counts has happened since
     * @param after null for a group that is gone, which tells nothing
     */
    public static List<Occurrence> between(String file, @Nullable String before, @Nullable String after) {
        List<Occurrence> occurrences = new ArrayList<>();
        for (Key key : KEYS) {
            Long now = key.file.equals(file) ? number(after, key.key) : null;
            if (now != null) {
                Long then = number(before, key.key);
                long count = now - (then == null ? 0 : then);
                if (count > 0) {
                    occurrences.add(new Occurrence(key.kind, count));
                }
            }
        }
        return occurrences;
    }

    private static @Nullable Long number(@Nullable String text, String key) {
        return key.isEmpty() ? Numbers.sole(text) : Numbers.keyed(text, key);
    }

    /** The file that tells of pressure, or null where the kernel has none for groups. */
    public static @Nullable Watch pressure(Layout layout, Controller resource) {
        String file = resource.label() + ".pressure";
        return layout.isV2() && layout.get(0).has(file) ? new Watch(0, file, Notice.MODIFIED) : null;
    }

    /**
     * What to write to a pressure file, which then has POLLPRI for as long as it stays open (Documentation/accounting/psi.rst).
     *
     * @param full whether all processes must have waited, rather than some
     * @param stall at least so much waiting in each window
     */
    public static String trigger(boolean full, Duration stall, Duration window) {
        return (full ? "full " : "some ")
                + stall.toNanos() / NANOS_PER_MICRO
                + " "
                + window.toNanos() / NANOS_PER_MICRO;
    }
}
