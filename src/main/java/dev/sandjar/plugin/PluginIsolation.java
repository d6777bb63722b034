package dev.sandjar.plugin;

/** How long a worker lives. */
public enum PluginIsolation {
    /** A worker serves one call after another of one trust domain, up to {@link PluginPoolBuilder#maxUses}. */
    POOLED,
    /** Each call, or each {@link Plugin} that is taken, has a worker that nobody used before and nobody will use again. */
    PER_CALL
}
