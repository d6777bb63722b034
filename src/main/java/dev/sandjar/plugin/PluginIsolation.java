package dev.sandjar.plugin;

/** How workers are shared between calls, for {@link PluginPoolBuilder#isolation}. */
public enum PluginIsolation {
    /**
     * A worker serves one call after another of one trust domain ({@link PluginPool#get(Object)}), up to {@link
     * PluginPoolBuilder#maxUses}.
     */
    POOLED,
    /** Each call, or each {@link Plugin} that is taken, has a worker that was not used before and is ended afterwards. */
    PER_CALL
}
