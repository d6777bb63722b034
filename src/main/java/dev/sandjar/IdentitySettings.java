package dev.sandjar;

import dev.sandjar.internal.policy.IdMapPolicy;
import dev.sandjar.internal.policy.IdRange;
import dev.sandjar.internal.policy.IdentityPolicy;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/** The identity part of a builder. */
final class IdentitySettings {
    /** NGROUPS_MAX. */
    private static final int GROUPS_MAX = 65_536;

    private IdMapPolicy map = new IdMapPolicy.Automatic();
    private @Nullable Long uid;
    private @Nullable Long gid;
    private List<Long> groups = List.of();

    IdentitySettings copy() {
        IdentitySettings copy = new IdentitySettings();
        copy.map = map;
        copy.uid = uid;
        copy.gid = gid;
        copy.groups = groups;
        return copy;
    }

    void map(IdMapPolicy wanted) {
        map = wanted;
    }

    void user(long newUid, long newGid, long... newGroups) {
        Checks.range("user id", newUid, 0, Checks.MAX_ID);
        Checks.range("group id", newGid, 0, Checks.MAX_ID);
        Checks.range("number of supplementary groups", newGroups.length, 0, GROUPS_MAX);
        for (long group : newGroups) {
            Checks.range("supplementary group id", group, 0, Checks.MAX_ID);
        }
        uid = newUid;
        gid = newGid;
        groups = LongStream.of(newGroups).distinct().boxed().toList();
    }

    /** Whoever it was before, it will be found out. */
    void unknownUser() {
        uid = null;
        gid = null;
        groups = List.of();
    }

    /** What is as in {@code after} becomes as it was in {@code before}. */
    void takeBack(IdentitySettings before, IdentitySettings after) {
        if (Objects.equals(uid, after.uid) && Objects.equals(gid, after.gid) && groups.equals(after.groups)) {
            uid = before.uid;
            gid = before.gid;
            groups = before.groups;
        }
    }

    IdentityPolicy toPolicy(boolean newUserNamespace, List<String> problems) {
        if (newUserNamespace && uid != null && gid != null) {
            check(uid, gid, problems);
        }
        return new IdentityPolicy(map, uid, gid, groups);
    }

    private void check(long user, long group, List<String> problems) {
        if (map instanceof IdMapPolicy.Range range) {
            List<IdRange> all = List.of(new IdRange(0, 0, range.count()));
            check(user, group, all, all, problems);
        } else if (map instanceof IdMapPolicy.Explicit explicit) {
            check(user, group, explicit.uids(), explicit.gids(), problems);
        } else if (map instanceof IdMapPolicy.Single || map instanceof IdMapPolicy.Alone) {
            List<IdRange> only = List.of(new IdRange(group, 0, 1));
            groups.forEach(id -> checkMapped("supplementary group", id, only, problems));
        }
    }

    private void check(long user, long group, List<IdRange> uids, List<IdRange> gids, List<String> problems) {
        checkMapped("user", user, uids, problems);
        checkMapped("group", group, gids, problems);
        groups.forEach(id -> checkMapped("supplementary group", id, gids, problems));
    }

    private static void checkMapped(String what, long id, List<IdRange> ranges, List<String> problems) {
        boolean mapped = ranges.stream().anyMatch(range -> id >= range.inside() && id - range.inside() < range.count());
        if (!mapped) {
            problems.add(what + " id " + id + " of user(...) is not in the map of the user namespace");
        }
    }
}
