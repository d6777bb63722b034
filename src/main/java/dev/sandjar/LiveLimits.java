package dev.sandjar;

import dev.sandjar.cgroup.LiveGroup;
import dev.sandjar.plan.HostDevices;
import dev.sandjar.plan.LimitUpdate;
import dev.sandjar.policy.LimitsPolicy;
import java.io.IOException;

/** The limits that one running sandbox has at the moment. Callers take turns. */
final class LiveLimits implements LimitUpdate {
    private LimitsPolicy current;

    LiveLimits(LimitsPolicy first) {
        current = first;
    }

    @Override
    public void apply(LiveGroup group, Limits change) throws IOException {
        LimitsPolicy wanted = change.toPolicy();
        group.update(current, wanted, HostDevices::numberOf);
        current = wanted.over(current);
    }
}
