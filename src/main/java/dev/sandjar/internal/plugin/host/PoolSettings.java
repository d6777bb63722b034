package dev.sandjar.internal.plugin.host;

import dev.sandjar.plugin.PluginIsolation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

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
