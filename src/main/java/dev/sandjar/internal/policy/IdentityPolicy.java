package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.util.List;

/**
 * Who the payload is.
 *
 * @param map id map of a new user namespace
 * @param uid user id inside; null leaves what the namespace gives
 * @param gid group id inside; set exactly when {@code uid} is
 * @param groups supplementary groups inside
 */
public record IdentityPolicy(IdMapPolicy map, @Nullable Long uid, @Nullable Long gid, List<Long> groups) {
    public IdentityPolicy {
        groups = List.copyOf(groups);
    }

    public static IdentityPolicy inherited() {
        return new IdentityPolicy(new IdMapPolicy.Automatic(), null, null, List.of());
    }
}
