package dev.sandjar.internal.plan;

import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A Landlock ruleset ({@code landlock(7)}) as the kernel takes it. What it handles is refused unless a rule allows it.
 *
 * @param handledFiles LANDLOCK_ACCESS_FS_* bits that are refused except where a rule allows them
 * @param handledNetwork LANDLOCK_ACCESS_NET_* bits
 * @param scoped LANDLOCK_SCOPE_* bits
 */
record LandlockRules(long handledFiles, long handledNetwork, long scoped, List<PathRule> paths, List<PortRule> ports) {
    private static final long BIND = 1;
    private static final long CONNECT = 1 << 1;
    private static final long ABSTRACT_SOCKETS = 1;
    private static final long SIGNALS = 1 << 1;

    /**
     * A file or directory with all beneath it.
     *
     * @param path inside the sandbox
     * @param optional whether a missing path is passed over
     * @param linksUntil for so many of its bytes the path is followed through links, and then through none, since none was there; all
     *     of them with {@link #ALL}
     */
    record PathRule(String path, long access, boolean optional, int linksUntil) {
        static final int ALL = -1;

        PathRule(String path, long access, boolean optional) {
            this(path, access, optional, ALL);
        }
    }

    /** @param port of TCP, 0 to 65535 */
    record PortRule(int port, long access) {}

    LandlockRules {
        paths = List.copyOf(paths);
        ports = List.copyOf(ports);
    }

    /** What a caller asks for. */
    static LandlockRules of(Landlock asked) {
        List<PortRule> ports = new ArrayList<>();
        asked.bindPorts().forEach(port -> ports.add(new PortRule(port, BIND)));
        asked.connectPorts().forEach(port -> ports.add(new PortRule(port, CONNECT)));
        return new LandlockRules(
                mask(asked.restrictedFiles()),
                (asked.restrictsBind() ? BIND : 0) | (asked.restrictsConnect() ? CONNECT : 0),
                (asked.isolatesAbstractSockets() ? ABSTRACT_SOCKETS : 0) | (asked.isolatesSignals() ? SIGNALS : 0),
                asked.paths().stream()
                        .map(rule -> new PathRule(rule.path(), mask(rule.rights()), rule.optional()))
                        .toList(),
                ports);
    }

    /** Rights have the kernel's order: LANDLOCK_ACCESS_FS_* of linux/landlock.h. */
    @SuppressWarnings("EnumOrdinal")
    private static long mask(Collection<LandlockAccess> rights) {
        return rights.stream().mapToLong(right -> 1L << right.ordinal()).reduce(0, (a, b) -> a | b);
    }
}
