package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Diagnosis;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Landlock rules as far as this kernel's version of them goes; what is missing is refused, or given up where that is allowed. */
final class LandlockPlanner {
    private static final int REFER = 2;
    private static final int TRUNCATE = 3;
    private static final int NETWORK = 4;
    private static final int IOCTL = 5;
    private static final int SCOPES = 6;
    private static final long REFER_BIT = 1 << 13;
    private static final long TRUNCATE_BIT = 1 << 14;
    private static final long IOCTL_BIT = 1 << 15;

    private LandlockPlanner() {}

    static void plan(Draft draft) throws SandboxException {
        LandlockRules instead = WithoutNamespaces.landlock(draft);
        if (instead != null) {
            install(draft, instead);
        }
        LandlockRules sockets = HostSockets.landlock(draft);
        if (sockets != null) {
            install(draft, sockets);
        }
        Landlock rules = draft.request.confinement().landlock().orElse(null);
        if (rules != null) {
            chosen(draft, LandlockRules.of(rules));
        }
    }

    private static void chosen(Draft draft, LandlockRules rules) throws SandboxException {
        int version = draft.host.landlockVersion();
        if (version == 0) {
            Diagnosis.Finding finding = Diagnosis.of(Isolation.LANDLOCK);
            draft.refuse(Isolation.LANDLOCK, Isolation.LANDLOCK.label(), finding.reason(), finding.remedy());
            return;
        }
        if (!draft.wants(Isolation.LANDLOCK)) {
            return;
        }
        long files = rules.handledFiles();
        if (version < REFER) {
            files &= ~REFER_BIT; // always refused there
        }
        files = part(draft, files, TRUNCATE_BIT, version, TRUNCATE, "truncation of files", "6.2");
        files = part(draft, files, IOCTL_BIT, version, IOCTL, "ioctl on devices", "6.10");
        long network = part(draft, rules.handledNetwork(), -1L, version, NETWORK, "TCP ports", "6.7");
        long scoped = part(draft, rules.scoped(), -1L, version, SCOPES, "scopes of sockets and signals", "6.12");
        if ((files | network | scoped) == 0) {
            return;
        }
        List<LandlockRules.PathRule> paths = new ArrayList<>();
        for (LandlockRules.PathRule rule : rules.paths()) {
            paths.add(RulePaths.settled(draft, rule));
        }
        install(draft, new LandlockRules(files, network, scoped, paths, rules.ports()));
    }

    private static void install(Draft draft, LandlockRules rules) {
        long files = rules.handledFiles();
        long network = rules.handledNetwork();
        List<String> allowed = new ArrayList<>();
        for (LandlockRules.PathRule rule : rules.paths()) {
            long access = rule.access() & files;
            if (access != 0) {
                allowed.add(access + "," + (rule.optional() ? "?" : "")
                        + (rule.linksUntil() < 0 ? "" : "~" + rule.linksUntil() + ":") + rule.path());
            }
        }
        for (LandlockRules.PortRule rule : rules.ports()) {
            if ((rule.access() & network) != 0) {
                allowed.add((rule.access() & network) + ",:" + rule.port());
            }
        }
        draft.process(
                new Work.Landlock(files, network, rules.scoped(), allowed),
                0,
                "restrict by Landlock",
                Isolation.LANDLOCK);
        draft.enforced(
                Isolation.LANDLOCK.label(),
                "landlock_restrict_self(2), version " + draft.host.landlockVersion(),
                rules.paths().size() + " paths, " + rules.ports().size() + " ports");
    }

    /** {@code handled} without {@code bits}, if this version does not have them. */
    private static long part(
            Draft draft, long handled, long bits, int version, int needed, String what, @Nullable String linux) {
        if ((handled & bits) == 0 || version >= needed) {
            return handled;
        }
        draft.refuse(
                Isolation.LANDLOCK,
                Isolation.LANDLOCK.label() + ": " + what,
                "this kernel has version " + version + " of Landlock, which can't restrict that; it needs version "
                        + needed + ", Linux " + linux,
                "use a newer kernel, leave that rule out, or go without it by allowDegraded(LANDLOCK)");
        return handled & ~bits;
    }
}
