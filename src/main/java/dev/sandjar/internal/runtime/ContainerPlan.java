package dev.sandjar.internal.runtime;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Discovery;
import dev.sandjar.internal.cgroup.root.RuntimePlaces;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import dev.sandjar.internal.plan.RuntimeTerms;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.start.StartBody;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What {@code sandjar-oci} carries out for one container: the plan and the start as the launcher gets them, but with nobody between the
 * container and whoever has called the runtime. This process has to be in the context of that caller: its namespaces, user and cgroups are
 * what the plan is made for. Nothing is tried out by a launcher; what this host can't do shows when the container is made.
 */
public final class ContainerPlan {
    /** A process that is forked anew for each container has no use for it. */
    private static final int HAS_INTO_CGROUP = 1 << 6;

    private static final int WEIGHT_MAX = 10_000;

    private final Plan plan;
    private final byte[] start;

    private ContainerPlan(Plan plan, byte[] start) {
        this.plan = plan;
        this.start = start;
    }

    /**
     * Decides everything.
     *
     * @param noNewPrivileges whether programs are kept from gaining privileges
     * @param cpuShares the configuration's own number of v1, whose weight of v2 is another than the kernel's; 0 for none
     * @param features what the kernel has, SJ_HAS_* of protocol.h
     * @param preserved how many descriptors the program gets beside the first three
     * @throws dev.sandjar.UnsupportedIsolationException if this host can't give what the sandbox asks for
     * @throws IOException if a file of the host can't be read
     */
    public static ContainerPlan of(
            Sandbox sandbox, Command command, boolean noNewPrivileges, long cpuShares, int features, int preserved)
            throws IOException {
        Request request =
                Request.of(weighted(sandbox, cpuShares)).withPause().onTerms(new RuntimeTerms(noNewPrivileges));
        Host host = Host.detect(features & ~HAS_INTO_CGROUP);
        ChosenPath path = ChosenPath.of(request.cgroup());
        CgroupSupport cgroups = path == null ? CgroupSupport.unneeded() : RuntimePlaces.offer(path, host.privileged());
        Resolution resolution = Resolver.resolve(request, host, cgroups, new WalkedPaths(real -> false), null);
        if (resolution.refusal() != null) {
            throw resolution.refusal();
        }
        Plan plan = resolution.plan();
        if (plan == null) {
            throw new IllegalStateException("neither a plan nor a refusal");
        }
        List<Integer> targets = IntStream.range(command.terminal().isPresent() ? 3 : 0, 3 + preserved)
                .boxed()
                .toList();
        return new ContainerPlan(plan, StartBody.of(plan, command, targets));
    }

    /** Runtimes turn shares into a weight by one rule, and the kernel, whose files of v1 have shares, back by another. */
    private static Sandbox weighted(Sandbox sandbox, long shares) {
        boolean counted = shares != 0
                && Discovery.ofThisProcess().stream()
                        .anyMatch(own -> !own.isV2() && own.controllers().contains(Controller.CPU));
        if (!counted) {
            return sandbox;
        }
        int weight = (int) Math.max(1, Math.min(WEIGHT_MAX, Math.round(shares * 100 / 1024.0)));
        return sandbox.toBuilder().limits(limits -> limits.cpuWeight(weight)).build();
    }

    /** Appends plan, start, the paths of the plan's descriptors, and what each operation does. */
    void write(WireWriter out) {
        out.blob(plan.encoded(0, "", "")).blob(start).u32(plan.descriptors().size());
        plan.descriptors().forEach(out::str);
        out.strv(plan.stepNames());
    }
}
