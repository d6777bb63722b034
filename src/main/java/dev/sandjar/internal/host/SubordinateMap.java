package dev.sandjar.internal.host;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ids that a user who is not root may map: its own as 0, and what {@code subuid(5)} and {@code subgid(5)} grant, in the order of
 * those files, as 1 and up. One map for all sandboxes of the user: those with fewer ids have the beginning of it.
 *
 * @param newuidmap the program that writes the map
 */
public record SubordinateMap(String newuidmap, List<IdRange> uids, String newgidmap, List<IdRange> gids) {
    /** What Linux systems and images expect to exist, nobody (65534) included. */
    public static final long USUAL = 65536;

    public SubordinateMap {
        uids = List.copyOf(uids);
        gids = List.copyOf(gids);
    }

    /** Null if there are no such ids, or this process may map any, those of mounts too. */
    public static @Nullable SubordinateMap of(Host host) {
        if (host.idmaps()
                || host.newuidmap() == null
                || host.newgidmap() == null
                || host.subuids().isEmpty()
                || host.subgids().isEmpty()) {
            return null;
        }
        return new SubordinateMap(
                host.newuidmap().toString(),
                first(host.uid(), host.subuids(), Long.MAX_VALUE),
                host.newgidmap().toString(),
                first(host.gid(), host.subgids(), Long.MAX_VALUE));
    }

    /** The lines for the first {@code count} ids, or for as many as there are. */
    public static List<IdRange> first(long own, List<IdRange> granted, long count) {
        List<IdRange> map = new ArrayList<>(List.of(new IdRange(0, own, 1)));
        long next = 1;
        for (IdRange range : granted) {
            long take = Math.min(range.count(), count - next);
            if (take > 0) {
                map.add(new IdRange(next, range.host(), take));
                next += take;
            }
        }
        return map;
    }

    /** So many ids are there of both kinds. */
    public long count() {
        return Math.min(count(uids), count(gids));
    }

    public static long count(List<IdRange> ranges) {
        return ranges.stream().mapToLong(IdRange::count).sum();
    }

    /** The host's number of a user id inside, or -1. */
    public long uid(long inside) {
        return outside(uids, inside);
    }

    /** The host's number of a group id inside, or -1. */
    public long gid(long inside) {
        return outside(gids, inside);
    }

    /** The number inside of a user id of the host, or -1. */
    public long uidInside(long host) {
        return inside(uids, host);
    }

    /** The number inside of a group id of the host, or -1. */
    public long gidInside(long host) {
        return inside(gids, host);
    }

    private static long outside(List<IdRange> ranges, long inside) {
        for (IdRange range : ranges) {
            if (inside >= range.inside() && inside - range.inside() < range.count()) {
                return range.host() + inside - range.inside();
            }
        }
        return -1;
    }

    private static long inside(List<IdRange> ranges, long host) {
        for (IdRange range : ranges) {
            if (host >= range.host() && host - range.host() < range.count()) {
                return range.inside() + host - range.host();
            }
        }
        return -1;
    }

    /** The user ids as text, a line for each range: inside, host, count. */
    public List<String> uidLines() {
        return lines(uids);
    }

    public List<String> gidLines() {
        return lines(gids);
    }

    private static List<String> lines(List<IdRange> ranges) {
        return ranges.stream()
                .map(range -> range.inside() + " " + range.host() + " " + range.count())
                .toList();
    }

    /** Whether all host ids of such lines are in this map, wherever inside. */
    public boolean hasLines(List<String> uidLines, List<String> gidLines) {
        return has(uids, uidLines) && has(gids, gidLines);
    }

    private static boolean has(List<IdRange> ranges, List<String> lines) {
        for (String line : lines) {
            String[] numbers = line.split(" ", 3);
            long first = Long.parseLong(numbers[1]);
            long count = Long.parseLong(numbers[2]);
            boolean found = ranges.stream()
                    .anyMatch(range -> first >= range.host() && first + count <= range.host() + range.count());
            if (!found) {
                return false;
            }
        }
        return true;
    }

    /** The arguments of newuidmap and newgidmap without the process id, "--" between them. */
    public List<String> commands() {
        List<String> words = new ArrayList<>();
        words.add(newuidmap);
        uidLines().forEach(line -> words.addAll(List.of(line.split(" ", 3))));
        words.add("--");
        words.add(newgidmap);
        gidLines().forEach(line -> words.addAll(List.of(line.split(" ", 3))));
        return words;
    }
}
