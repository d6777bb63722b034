package dev.sandjar;

import java.util.List;

/** What only all limits together can show. */
final class LimitChecks {
    private LimitChecks() {}

    /** With what a limit brings that is not set; adds to the problems what does not go together. */
    static Limits complete(Limits limits, List<String> problems) {
        limits.memory().ifPresent(max -> limits.memoryHigh()
                .filter(high -> high.compareTo(max) > 0)
                .ifPresent(high -> problems.add("memoryHigh is " + high + ", above the memory limit of " + max)));
        if (limits.cpuBurst().isPresent() && limits.cpus().isEmpty()) {
            problems.add("cpuBurst(...) needs cpuLimit(...): without a limit there is nothing beyond it");
        }
        return limits.memory().isPresent() ? limits.over(together(limits)) : limits;
    }

    /** Processes that share a limit share its consequence, unless somebody says otherwise. What a preset's limit brings is the preset's. */
    private static Limits together(Limits limits) {
        Limits together = Limits.none().oomGroup(true);
        return limits.presets().contains(Limit.MEMORY) ? together.asPreset() : together;
    }
}
