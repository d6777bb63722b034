package dev.sandjar.internal.policy;

import java.util.List;

/** How ids inside a new user namespace relate to the host's. */
public sealed interface IdMapPolicy {
    /** A range of its own where the host process may map one (root), a single id otherwise. */
    record Automatic() implements IdMapPolicy {}

    /** Only the payload's own id, mapped to the id of the host process. */
    record Single() implements IdMapPolicy {}

    /** Only the payload's own id: from a private block (root), or mapped to the id of the host process. */
    record Alone() implements IdMapPolicy {}

    /** Ids 0 to {@code count - 1}: from a private block (root) or from /etc/subuid by newuidmap (unprivileged). */
    record Range(long count) implements IdMapPolicy {}

    /** Exactly these lines. */
    record Explicit(List<IdRange> uids, List<IdRange> gids) implements IdMapPolicy {
        public Explicit {
            uids = List.copyOf(uids);
            gids = List.copyOf(gids);
        }
    }
}
