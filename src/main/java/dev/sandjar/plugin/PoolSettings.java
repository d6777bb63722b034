package dev.sandjar.plugin;

import dev.sandjar.internal.util.Nullable;
import java.time.Duration;

/** How many workers a pool has, and for how long. */
record PoolSettings(
        PluginIsolation isolation,
        int warm,
        int maxWorkers,
        long maxUses,
        Duration maxIdle,
        @Nullable Duration freezeAfter,
        Duration callTimeout,
        Duration startTimeout,
        Duration cancelGrace) {}
