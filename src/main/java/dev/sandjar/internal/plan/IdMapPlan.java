package dev.sandjar.internal.plan;

import dev.sandjar.internal.host.IdRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the id maps of one start are written.
 *
 * @param mode SJ_MAP_* of protocol.h
 * @param uidMap text for uid_map; of a private block, until {@link #at} is asked, its first id inside
 * @param uidCommand newuidmap and its arguments, the process id to come after the first
 * @param privateBlock so many host ids have to be set aside for the start, and {@link #at} gives the map; 0 for none
 */
public record IdMapPlan(
        int mode, String uidMap, String gidMap, List<String> uidCommand, List<String> gidCommand, long privateBlock) {
    static final int NONE = 0;
    static final int WRITE = 1;
    static final int WRITE_DENY = 2;
    static final int HELPER = 3;

    public IdMapPlan {
        uidCommand = List.copyOf(uidCommand);
        gidCommand = List.copyOf(gidCommand);
    }

    static IdMapPlan none() {
        return new IdMapPlan(NONE, "", "", List.of(), List.of(), 0);
    }

    static IdMapPlan privateBlock(long count) {
        return privateBlock(0, 0, count);
    }

    static IdMapPlan privateBlock(long firstUid, long firstGid, long count) {
        return new IdMapPlan(WRITE, Long.toString(firstUid), Long.toString(firstGid), List.of(), List.of(), count);
    }

    static IdMapPlan written(int mode, List<IdRange> uids, List<IdRange> gids) {
        return new IdMapPlan(mode, text(uids), text(gids), List.of(), List.of(), 0);
    }

    static IdMapPlan helper(String newuidmap, List<IdRange> uids, String newgidmap, List<IdRange> gids) {
        return new IdMapPlan(HELPER, "", "", arguments(newuidmap, uids), arguments(newgidmap, gids), 0);
    }

    /** The map of a start whose private block begins at host id {@code base}. */
    public IdMapPlan at(long base) {
        if (privateBlock == 0) {
            return this;
        }
        return new IdMapPlan(mode, block(uidMap, base), block(gidMap, base), uidCommand, gidCommand, 0);
    }

    /** The host's number of the first user of the map, which is the supervisor's; -1 of a private block that is not set aside yet. */
    long supervisor() {
        String map = uidCommand.isEmpty() ? uidMap : uidCommand.get(1) + " " + uidCommand.get(2);
        String[] numbers = map.strip().split("\\s+");
        return numbers.length < 2 ? -1 : Long.parseLong(numbers[1]);
    }

    /** The host's number of a user inside, null for the first of the map; -1 where it has none, or of a private block. */
    long outside(@Nullable Long uid) {
        if (uid == null || privateBlock > 0) {
            return supervisor();
        }
        return hostUid(uid);
    }

    /** Of a private block, the user id inside that its first host id becomes. */
    long firstUid() {
        return Long.parseLong(uidMap);
    }

    /** Of a private block, the group id inside that its first host id becomes. */
    long firstGid() {
        return Long.parseLong(gidMap);
    }

    /** The host's number of a user id inside; -1 if there is none. */
    long hostUid(long inside) {
        return onHost(uidMap, uidCommand, inside);
    }

    /** The host's number of a group id inside; -1 if there is none. */
    long hostGid(long inside) {
        return onHost(gidMap, gidCommand, inside);
    }

    /** Whether somebody inside can be this user of the host. Of a private block nobody is anybody there. */
    boolean reaches(long hostUid) {
        List<String> words = words(uidMap, uidCommand);
        for (int i = 0; i + 2 < words.size(); i += 3) {
            long first = Long.parseLong(words.get(i + 1));
            if (hostUid >= first && hostUid - first < Long.parseLong(words.get(i + 2))) {
                return true;
            }
        }
        return false;
    }

    /** The number inside of a user id of the host; -1 if there is none, or of a private block. */
    long insideUid(long hostUid) {
        return inside(uidMap, uidCommand, hostUid);
    }

    /** The number inside of a group id of the host; -1 if there is none, or of a private block. */
    long insideGid(long hostGid) {
        return inside(gidMap, gidCommand, hostGid);
    }

    private static long inside(String map, List<String> command, long onHost) {
        List<String> words = words(map, command);
        for (int i = 0; i + 2 < words.size(); i += 3) {
            long first = Long.parseLong(words.get(i + 1));
            if (onHost >= first && onHost - first < Long.parseLong(words.get(i + 2))) {
                return Long.parseLong(words.get(i)) + onHost - first;
            }
        }
        return -1;
    }

    /** First inside, first outside and count of each range. */
    private static List<String> words(String map, List<String> command) {
        return command.isEmpty() ? List.of(map.strip().split("\\s+")) : command.subList(1, command.size());
    }

    private static long onHost(String map, List<String> command, long inside) {
        List<String> words = words(map, command);
        for (int i = 0; i + 2 < words.size(); i += 3) {
            long first = Long.parseLong(words.get(i));
            if (inside >= first && inside - first < Long.parseLong(words.get(i + 2))) {
                return Long.parseLong(words.get(i + 1)) + inside - first;
            }
        }
        return -1;
    }

    private String block(String first, long base) {
        return text(List.of(new IdRange(Long.parseLong(first), base, privateBlock)));
    }

    private static String text(List<IdRange> ranges) {
        StringBuilder out = new StringBuilder();
        ranges.forEach(r -> out.append(r.inside())
                .append(' ')
                .append(r.host())
                .append(' ')
                .append(r.count())
                .append('\n'));
        return out.toString();
    }

    private static List<String> arguments(String program, List<IdRange> ranges) {
        List<String> words = new ArrayList<>(List.of(program));
        for (IdRange r : ranges) {
            words.add(Long.toString(r.inside()));
            words.add(Long.toString(r.host()));
            words.add(Long.toString(r.count()));
        }
        return words;
    }
}
