package dev.sandjar.internal.policy;

import java.util.List;

/**
 * Where the cgroups of a sandbox are to be.
 *
 * @param absolute whether it begins where each hierarchy is mounted, rather than at what Sandjar has for its own
 * @param names of the cgroups from there on, at least one; none is ".", "..", or has a slash
 */
public record CgroupPath(boolean absolute, List<String> names) {
    public CgroupPath {
        names = List.copyOf(names);
    }

    /** Without a slash at its beginning. */
    public String below() {
        return String.join("/", names);
    }

    @Override
    public String toString() {
        return (absolute ? "/" : "") + below();
    }
}
