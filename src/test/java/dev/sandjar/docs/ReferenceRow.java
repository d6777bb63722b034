package dev.sandjar.docs;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.IdMap;
import dev.sandjar.internal.host.IdRange;
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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A policy with one call of docs/reference.md, and what the planner makes of it on hosts that exist nowhere but here.
 *
 * @param call adds the call, and what it can't be without
 * @param isolation what the host may lack and the caller may do without; null where there is none
 * @param there a host that has what the call needs
 * @param lacking one that has not
 */
record ReferenceRow(UnaryOperator<SandboxBuilder> call, @Nullable Isolation isolation, On there, On lacking) {
    /** A call without which the host lacks nothing but {@code isolation}. */
    static ReferenceRow of(Isolation isolation, UnaryOperator<SandboxBuilder> call) {
        return new ReferenceRow(call, isolation, On.ROOT, On.ROOT.without(Set.of(isolation)));
    }

    Resolution on(On host, Isolation... degradable) {
        Sandbox sandbox =
                call.apply(Sandbox.builder().allowDegraded(degradable)).build();
        try {
            return Resolver.resolve(
                    Request.of(sandbox), host.host(), host.cgroups(), new WalkedPaths(path -> true), null);
        } catch (SandboxException e) {
            throw new AssertionError(e);
        }
    }

    /** What a host has. */
    record On(Host host, CgroupSupport cgroups) {
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
        static final On ROOT = new On(
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
                        Map.of()),
                CgroupSupport.of(new Layout(List.of(new Hierarchy(2, EnumSet.allOf(Controller.class), FILES)))));
        /** Another user, with subordinate ids. */
        static final On USER = user(List.of(new IdRange(0, 100000, 65536)), FEATURES | LANDLOCK);
        /** Who has none. */
        static final On SINGLE_ID = user(List.of(), FEATURES | LANDLOCK);
        /** Linux 5.12. */
        static final On BEFORE_LANDLOCK = user(List.of(), FEATURES);
        /** Where "rights" are missing. */
        static final On WITHOUT_RIGHTS = USER.without(Arrays.stream(Isolation.values())
                .filter(each -> each.name().endsWith("_NAMESPACE"))
                .toList());

        private static On user(List<IdRange> subordinate, int features) {
            Path helper = Path.of("/usr/bin/newuidmap");
            return new On(
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
                            Map.of()),
                    ROOT.cgroups);
        }

        On without(Collection<Isolation> isolations) {
            Map<Isolation, String> reasons = new EnumMap<>(Isolation.class);
            isolations.forEach(each -> reasons.put(each, "it is not there"));
            boolean groups = !isolations.contains(Isolation.CGROUP_LIMITS);
            return new On(
                    host.lacking(reasons), groups ? cgroups : CgroupSupport.none("there are no cgroups", "get some"));
        }
    }
}
