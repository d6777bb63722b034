package dev.sandjar.testing;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.IdMap;
import dev.sandjar.internal.host.IdRange;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A host that is nowhere but in a test of plans.
 *
 * @param cgroups what its cgroups can do
 */
public record ImaginedHost(Host host, CgroupSupport cgroups) {
    private static final IdMap ALL_IDS = new IdMap(List.of(new IdRange(0, 0, 4294967295L)));
    private static final long ALL_CAPABILITIES = (1L << 41) - 1;
    private static final int LANDLOCK = 6 << 24;
    private static final int FEATURES = 0x7f;
    private static final Set<String> FILES = Set.of(
            "memory.max",
            "memory.swap.max",
            "memory.oom.group",
            "memory.events",
            "cpu.max",
            "cpu.weight",
            "cpu.stat",
            "pids.max",
            "pids.events",
            "cgroup.kill",
            "cgroup.events");
    /** Root of the machine, with all there is. */
    public static final ImaginedHost ROOT = new ImaginedHost(
            new Host(
                    0,
                    0,
                    Set.of(),
                    ALL_IDS,
                    ALL_IDS,
                    true,
                    ALL_CAPABILITIES,
                    FEATURES | LANDLOCK,
                    List.of(),
                    List.of(),
                    null,
                    null,
                    Map.of(),
                    Map.of()),
            CgroupSupport.of(new Layout(List.of(new Hierarchy(2, EnumSet.allOf(Controller.class), FILES)))));
    /** Another user, with subordinate ids. */
    public static final ImaginedHost USER = user(List.of(new IdRange(0, 100000, 65536)), FEATURES | LANDLOCK);
    /** Who has none. */
    public static final ImaginedHost SINGLE_ID = user(List.of(), FEATURES | LANDLOCK);
    /** Linux 5.12. */
    public static final ImaginedHost BEFORE_LANDLOCK = user(List.of(), FEATURES);
    /** Where "rights" are missing. */
    public static final ImaginedHost WITHOUT_RIGHTS = USER.without(Arrays.stream(Isolation.values())
            .filter(each -> each.name().endsWith("_NAMESPACE"))
            .toList());

    private static ImaginedHost user(List<IdRange> subordinate, int features) {
        Path helper = Path.of("/usr/bin/newuidmap");
        return new ImaginedHost(
                new Host(
                        1000,
                        1000,
                        Set.of(),
                        ALL_IDS,
                        ALL_IDS,
                        true,
                        0,
                        features,
                        subordinate,
                        subordinate,
                        helper,
                        helper,
                        Map.of(),
                        Map.of()),
                ROOT.cgroups);
    }

    /** The same without these. */
    public ImaginedHost without(Collection<Isolation> isolations) {
        Map<Isolation, String> reasons = new EnumMap<>(Isolation.class);
        isolations.forEach(each -> reasons.put(each, "it is not there"));
        boolean groups = !isolations.contains(Isolation.CGROUP_LIMITS);
        return new ImaginedHost(
                host.lacking(reasons), groups ? cgroups : CgroupSupport.none("there are no cgroups", "get some"));
    }

    /** The same without something that networks need. */
    public ImaginedHost without(NetworkFeature feature) {
        return new ImaginedHost(host.lackingForNetworks(Map.of(feature, feature.cause())), cgroups);
    }

    /** What a policy comes to there. */
    public Resolution resolve(Sandbox sandbox) {
        try {
            return Resolver.resolve(Request.of(sandbox), host, cgroups, new WalkedPaths(path -> true), null);
        } catch (SandboxException e) {
            throw new AssertionError(e);
        }
    }
}
