package dev.sandjar.plugin;

/**
 * Counts of a {@link PluginPool} at one moment. Immutable and thread-safe.
 *
 * @param workers the number of workers, those that are being started included and those that are being ended not
 * @param idle the number of workers that are not in use
 * @param frozen the number of idle workers that are frozen
 * @param started the number of workers that were started since the pool was made
 * @param calls the number of calls that got a worker since the pool was made
 * @param failures the number of {@link PluginException}s that calls and {@link PluginPool#take} have thrown since the pool was made, those
 *     for which no worker was to be had included
 * @param replaced the number of workers that were ended since the pool was made because they crashed, violated the protocol, or did not
 *     come to rest within {@link PluginPoolBuilder#cancelGrace}
 */
public record PluginStatistics(
        int workers, int idle, int frozen, long started, long calls, long failures, long replaced) {}
