package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Explanation;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.RealPaths;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what was asked for into what will be done. */
public final class Resolver {
    private Resolver() {}

    /** Whether the policy has limits that cgroups carry, so that it has to be known where they can be made. */
    public static boolean needsCgroups(Request request) {
        return CgroupPlanner.isNeeded(request);
    }

    /**
     * Decides every mechanism and value.
     *
     * @param cgroups where cgroups can be made; only needed if {@link #needsCgroups}
     * @param paths where paths of the host lead
     * @param upperDirectory holds "upper" and "work" for an overlay whose changes are kept
     * @throws SandboxException if a host path of the policy can't be used
     */
    public static Resolution resolve(
            Request asked, Host host, CgroupSupport cgroups, RealPaths paths, @Nullable Path upperDirectory)
            throws SandboxException {
        Draft draft = draft(asked, host, cgroups, paths);
        draft.upperDirectory = upperDirectory;
        return resolve(draft);
    }

    /** The same for an explanation alone: a host path that can't be used is an impossible entry of it. */
    public static Resolution told(Request asked, Host host, CgroupSupport cgroups, RealPaths paths) {
        Draft draft = draft(asked, host, cgroups, paths);
        draft.told = true;
        try {
            return resolve(draft);
        } catch (SandboxException e) {
            UnsupportedIsolationException refusal = draft.unusable(e);
            return new Resolution(new Explanation(PrivateTmp.anywhere(draft.entries)), null, refusal);
        }
    }

    private static Draft draft(Request asked, Host host, CgroupSupport cgroups, RealPaths paths) {
        return new Draft(asked.authorized(), host, cgroups, paths);
    }

    private static Resolution resolve(Draft draft) throws SandboxException {
        Request request = draft.request;
        request.name()
                .ifPresent(name -> draft.enforced(
                        "name " + name, "events, logs and exceptions of the host", "the sandbox does not see it"));
        NamespacePlanner.plan(draft);
        Identity identity = IdentityPlanner.plan(draft);
        CgroupPlanner.plan(draft, identity);
        RootPlanner.plan(draft, identity);
        NamespacePlanner.settings(draft);
        RootPlanner.pivot(draft);
        ProcessPlanner.plan(draft, identity);
        boolean keepsLayer =
                request.root() instanceof RootFs.Overlay overlay && !(overlay.upper() instanceof UpperLayer.Discarded);
        boolean overlays = request.mounts().stream().anyMatch(ExactMount::isOverlay);
        if (!keepsLayer && !overlays) {
            // A writable layer may be mounted again as soon as the end is known, so its overlay has to be gone by then.
            draft.flags |= Plan.PROMPT;
        }
        TemplatePlanner.plan(draft);
        WarmPlanner.plan(draft);
        noteGuestWritable(draft);
        TierEntry.add(draft);
        UnsupportedIsolationException refusal = draft.refusal;
        Plan plan = refusal == null ? new Plan(draft) : null;
        return new Resolution(new Explanation(PrivateTmp.anywhere(draft.entries)), plan, refusal);
    }

    /** An explanation with what takes too long to be looked for at each start. */
    public static Explanation explained(Request request, Resolution resolution) {
        List<AppliedPolicy.Entry> entries =
                new ArrayList<>(resolution.explanation().entries());
        AppliedPolicy.Entry links = LinksOut.entry(request);
        if (links != null) {
            entries.add(links);
        }
        entries.addAll(AttachmentPlanner.faults(request.namespaces().network()));
        return new Explanation(entries);
    }

    /** What the sandbox may write to, by whatever mechanism: links that turn up there may be its own. */
    private static void noteGuestWritable(Draft draft) {
        for (Path path : GuestWritablePaths.of(draft)) {
            draft.guestWritable.add(draft.links.getOrDefault(path, path));
        }
    }
}
