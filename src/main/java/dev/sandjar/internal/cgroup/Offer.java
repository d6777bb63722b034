package dev.sandjar.internal.cgroup;

import org.jspecify.annotations.Nullable;

/**
 * Whether sandboxes can have cgroups here.
 *
 * @param layout null if they can't
 * @param reason why not
 * @param remedy what helps
 */
public record Offer(@Nullable Layout layout, String reason, String remedy) {
    public static Offer of(Layout layout) {
        return new Offer(layout, "", "");
    }

    public static Offer none(String reason, String remedy) {
        return new Offer(null, reason, remedy);
    }

    /** For policies without limits, where nobody has looked. */
    public static Offer unneeded() {
        return none("nobody has asked for cgroups", "");
    }
}
