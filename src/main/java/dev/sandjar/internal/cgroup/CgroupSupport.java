package dev.sandjar.internal.cgroup;

import org.jspecify.annotations.Nullable;

/**
 * Whether sandboxes can have cgroups here.
 *
 * @param layout null if they can't
 * @param reason why not
 * @param remedy what helps
 */
public record CgroupSupport(@Nullable Layout layout, String reason, String remedy) {
    public static CgroupSupport of(Layout layout) {
        return new CgroupSupport(layout, "", "");
    }

    public static CgroupSupport none(String reason, String remedy) {
        return new CgroupSupport(null, reason, remedy);
    }

    /** For policies without limits, where nobody has looked. */
    public static CgroupSupport unneeded() {
        return none("nobody has asked for cgroups", "");
    }
}
