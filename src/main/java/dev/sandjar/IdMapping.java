package dev.sandjar;

import dev.sandjar.image.Image;
import dev.sandjar.internal.util.Checks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * How user and group ids inside a user namespace relate to the host's ({@code user_namespaces(7)}). An immutable value;
 * see {@link SandboxBuilder#userNamespace(IdMapping)}.
 */
public sealed interface IdMapping {
    /**
     * Ids that follow each other, inside and on the host.
     *
     * @param inside first id inside, 0 to 4294967294
     * @param host first id on the host, 0 to 4294967294
     * @param count how many, at least 1; the last id is 4294967294 at most on either side
     */
    record Range(long inside, long host, long count) {
        /**
         * Checks the numbers.
         *
         * @param inside first id inside
         * @param host first id on the host
         * @param count how many, at least 1
         * @throws IllegalArgumentException if one is out of range
         */
        public Range {
            Checks.range("first id inside", inside, 0, Checks.MAX_ID);
            Checks.range("first id on the host", host, 0, Checks.MAX_ID);
            Checks.range(
                    "number of ids from " + inside + " inside and " + host + " on the host",
                    count,
                    1,
                    Checks.MAX_ID + 1 - Math.max(inside, host));
        }
    }

    /** See {@link IdMapping#automatic()}. */
    record Automatic() implements IdMapping {}

    /** See {@link IdMapping#single()}. */
    record Single() implements IdMapping {}

    /** See {@link IdMapping#alone()}. */
    record Alone() implements IdMapping {}

    /**
     * See {@link IdMapping#range}.
     *
     * @param count how many ids, from 0 on: 1 to 4294967295
     */
    record FirstIds(long count) implements IdMapping {
        /**
         * Checks the number.
         *
         * @param count how many ids
         * @throws IllegalArgumentException if it is out of range
         */
        public FirstIds {
            Checks.range("number of ids", count, 1, Checks.MAX_ID + 1);
        }
    }

    /**
     * See {@link IdMapping#of}.
     *
     * @param uids 1 to 340 ranges of user ids
     * @param gids 1 to 340 ranges of group ids
     */
    record Explicit(List<Range> uids, List<Range> gids) implements IdMapping {
        /** The kernel takes so many lines (Linux 4.15). */
        private static final int MAX_LINES = 340;

        /**
         * Checks the ranges.
         *
         * @param uids ranges of user ids
         * @param gids ranges of group ids
         * @throws IllegalArgumentException if there are too few or too many, or two overlap
         */
        public Explicit {
            uids = checked("uids", uids);
            gids = checked("gids", gids);
        }

        private static List<Range> checked(String what, List<Range> ranges) {
            Checks.range("number of " + what + " ranges", ranges.size(), 1, MAX_LINES);
            refuseOverlap(what + " overlap inside", ranges, Range::inside);
            refuseOverlap(what + " overlap on the host", ranges, Range::host);
            return List.copyOf(ranges);
        }

        private static void refuseOverlap(String what, List<Range> ranges, ToLongFunction<Range> first) {
            List<Range> sorted = new ArrayList<>(ranges);
            sorted.sort(Comparator.comparingLong(first));
            for (int i = 1; i < sorted.size(); i++) {
                Range before = sorted.get(i - 1);
                Range after = sorted.get(i);
                if (first.applyAsLong(after) - first.applyAsLong(before) < before.count()) {
                    throw new IllegalArgumentException(what + ": " + before + " and " + after);
                }
            }
        }
    }

    /**
     * Maps what {@link SandboxBuilder#userNamespace()} maps: for root a block of 65536 host ids that no other running sandbox has, for
     * others one id; with {@link RootFs#image(Image)} the subordinate ids of others, as {@link #range(long)} does, where they have 65536
     * that can be used.
     *
     * @return the mapping
     */
    static IdMapping automatic() {
        return new Automatic();
    }

    /**
     * Maps one user id and one group id: those of the program inside, which are the host process' own outside. This needs no privilege,
     * and leaves no room for supplementary groups.
     *
     * @return the mapping
     */
    static IdMapping single() {
        return new Single();
    }

    /**
     * Maps one user id and one group id, those of the program inside, for root too: for root they are a host id that no other running
     * sandbox has, for others the host process' own. So the program finds the same ids whoever runs it. This leaves no room for
     * supplementary groups. Root without CAP_SYS_ADMIN, as in a container, gives its own id where files of the host are to be the
     * program's.
     *
     * @return the mapping
     */
    static IdMapping alone() {
        return new Alone();
    }

    /**
     * Maps the ids 0 to {@code count - 1}. For root they come from a block that no other running sandbox has; without CAP_SYS_ADMIN only
     * if no files of the host are to be the program's. Otherwise 0 is the host process' own id, and the others are what {@code
     * /etc/subuid} and {@code /etc/subgid} grant, by {@code newuidmap(1)} and {@code newgidmap(1)}.
     *
     * @param count 1 to 4294967295; 65536 is usual
     * @return the mapping
     * @throws IllegalArgumentException if out of range
     */
    static IdMapping range(long count) {
        return new FirstIds(count);
    }

    /**
     * Maps exactly these ids. A start fails where the host process may not map one of them.
     *
     * @param uids 1 to 340 ranges of user ids that don't overlap, neither inside nor on the host
     * @param gids 1 to 340 ranges of group ids that don't overlap either
     * @return the mapping
     * @throws IllegalArgumentException if there are too few or too many, or two overlap
     */
    static IdMapping of(List<Range> uids, List<Range> gids) {
        Objects.requireNonNull(uids, "uids");
        Objects.requireNonNull(gids, "gids");
        return new Explicit(uids, gids);
    }
}
