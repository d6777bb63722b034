package dev.sandjar.internal.policy;

import java.util.List;

/**
 * A Landlock ruleset ({@code landlock(7)}). What it handles is refused unless a rule allows it.
 *
 * @param handledFiles LANDLOCK_ACCESS_FS_* bits that are refused except where a rule allows them
 * @param handledNetwork LANDLOCK_ACCESS_NET_* bits
 * @param scoped LANDLOCK_SCOPE_* bits
 */
public record LandlockPolicy(
        long handledFiles, long handledNetwork, long scoped, List<PathRule> paths, List<PortRule> ports) {
    /**
     * A file or directory with all beneath it.
     *
     * @param path inside the sandbox
     * @param optional whether a missing path is passed over
     * @param direct whether the path is followed through no link, since none was there
     */
    public record PathRule(String path, long access, boolean optional, boolean direct) {}

    /** @param port of TCP, 0 to 65535 */
    public record PortRule(int port, long access) {}

    public LandlockPolicy {
        paths = List.copyOf(paths);
        ports = List.copyOf(ports);
    }
}
