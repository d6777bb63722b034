package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Events;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.host.PressureRights;

/** Which thresholds of pressure can be asked for once the sandbox runs: whoever reads the explanation need not start it to learn that. */
final class PressureWords {
    private static final String REQUEST = "pressure thresholds, if onEvent names some";
    private static final String MECHANISM = "trigger of psi, poll(2)";

    private PressureWords() {}

    /** Nothing where all can be had, nor on cgroup v1, which has no pressure. */
    static void add(Draft draft, Layout layout, PressureRights rights) {
        if (!layout.isV2()) {
            return;
        }
        if (Events.pressure(layout, Controller.MEMORY) == null) {
            add(
                    draft,
                    Outcome.DEGRADED,
                    "",
                    "the kernel does not tell the pressure of cgroups: CONFIG_PSI, or psi=0 at boot");
        } else if (rights == PressureRights.NONE) {
            add(
                    draft,
                    Outcome.DEGRADED,
                    "",
                    "the kernel takes none from this user: it wants CAP_SYS_RESOURCE, or Linux 6.5 and windows of 2, 4, 6, 8 or 10 s");
        } else if (rights == PressureRights.EVEN_SECONDS) {
            add(draft, Outcome.ENFORCED, MECHANISM, "windows of 2, 4, 6, 8 or 10 s only: others want CAP_SYS_RESOURCE");
        }
    }

    private static void add(Draft draft, Outcome outcome, String mechanism, String reason) {
        draft.entries.add(new AppliedPolicy.Entry(REQUEST, outcome, mechanism, reason));
    }
}
