package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import java.util.List;

/**
 * The user that a program runs as, by ids inside its user namespace, or the host's without one. Immutable; see {@link
 * SandboxBuilder#user}.
 *
 * @param uid user id, 0 to 4294967294
 * @param gid group id, 0 to 4294967294
 * @param groups supplementary group ids, 0 to 4294967294 each, at most 65536; none twice
 */
public record User(long uid, long gid, List<Long> groups) {
    /** NGROUPS_MAX. */
    private static final int GROUPS_MAX = 65_536;

    /**
     * Checks the ids, and leaves out groups that are named again.
     *
     * @param uid user id
     * @param gid group id
     * @param groups supplementary group ids
     * @throws IllegalArgumentException if one is out of range, or there are too many groups
     */
    public User {
        Checks.range("user id", uid, 0, Checks.MAX_ID);
        Checks.range("group id", gid, 0, Checks.MAX_ID);
        Checks.range("number of supplementary groups", groups.size(), 0, GROUPS_MAX);
        groups.forEach(group -> Checks.range("supplementary group id", group, 0, Checks.MAX_ID));
        groups = groups.stream().distinct().toList();
    }
}
