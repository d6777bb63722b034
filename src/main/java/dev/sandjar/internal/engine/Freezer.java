package dev.sandjar.internal.engine;

import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.root.RuntimePlaces;
import dev.sandjar.internal.changes.LayeredRoot;
import dev.sandjar.internal.frozen.FrozenPolicy;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.RealPaths;
import dev.sandjar.internal.ids.SharedIds;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.linux.CgroupPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plans for runs without Java, and which policies can't have one. */
final class Freezer {
    private Freezer() {}

    static byte[] freeze(Sandbox sandbox, Launcher launcher, Host found, RealPaths paths) throws IOException {
        refuseWhatNeedsJava(sandbox);
        // Of the files that joining at once needs, some are others'.
        Host host = found.withoutIntoCgroup();
        Request request = Request.of(sandbox);
        boolean grouped = Resolver.needsCgroups(request);
        if (grouped) {
            request = Request.of(placed(sandbox));
        }
        ChosenPath path = ChosenPath.of(request.cgroup());
        CgroupSupport cgroups = path == null ? CgroupSupport.unneeded() : RuntimePlaces.offer(path, host.privileged());
        Resolution resolution = Resolver.resolve(request, host, cgroups, paths, null);
        UnsupportedIsolationException refusal = resolution.refusal();
        Plan plan = resolution.plan();
        if (refusal != null) {
            throw refusal;
        }
        if (plan == null) {
            throw new IllegalStateException("neither a plan nor a refusal:\n" + resolution.explanation());
        }
        return new FrozenPolicy(plan, host, launcher.version(), launcher.features(), ids(plan, launcher)).encoded();
    }

    private static @Nullable SharedIds ids(Plan plan, Launcher launcher) throws IOException {
        long count = plan.idMap().privateBlock();
        return count == 0 ? null : launcher.sharedIds(count, FrozenPolicy.LOWEST_ID);
    }

    /** Each run has a cgroup of its own there. */
    private static Sandbox placed(Sandbox sandbox) {
        List<String> names =
                new ArrayList<>(sandbox.cgroupPath().map(CgroupPath::names).orElse(List.of()));
        names.add(FrozenPolicy.CGROUP);
        boolean absolute = sandbox.cgroupPath().map(CgroupPath::absolute).orElse(false);
        return sandbox.toBuilder().cgroupPath(new CgroupPath(absolute, names)).build();
    }

    private static void refuseWhatNeedsJava(Sandbox sandbox) {
        Network network = sandbox.namespaces().network();
        refuse(
                !sandbox.confinement().handlers().isEmpty()
                        || sandbox.confinement().recordDenials(),
                "calls are decided or recorded in Java",
                "leave onSyscall(...) and recordDenials() out");
        refuse(
                Link.any(network),
                "the rules of its network are decided in Java",
                "leave publish(...), hostPort(...) and egress(...) out");
        refuse(
                !network.members().isEmpty()
                        || network.cni().isPresent()
                        || !network.devices().isEmpty(),
                "its network is made for each start in Java",
                "take Network.none(), loopback(), host() or namespace(...)");
        refuse(
                LayeredRoot.isMadeForEachStart(sandbox.rootfs()) || LayeredRoot.isForOneAtATime(sandbox.rootfs()),
                "the writable layer of its root is for one start",
                "let the layer be discarded");
        refuse(
                sandbox.rootfs() instanceof RootFs.Layered,
                "the image store keeps the layers of an image for the JVM that holds it alone",
                "unpack the image, and take the directory as the root");
    }

    private static void refuse(boolean needed, String why, String remedy) {
        if (needed) {
            throw new IllegalStateException("this policy can't be frozen: " + why + "; " + remedy);
        }
    }
}
