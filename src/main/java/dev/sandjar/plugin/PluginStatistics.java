package dev.sandjar.plugin;

/**
 * Counts of a {@link PluginPool} at one moment.
 *
 * @param workers that there are, those that are being started included
 * @param idle workers that nobody uses
 * @param frozen of these
 * @param started workers since the pool was made
 * @param calls since then
 * @param failures of calls, other than by an exception that the contract declares
 * @param replaced workers that have crashed, violated the protocol, or not come to rest
 */
public record PluginStatistics(
        int workers, int idle, int frozen, long started, long calls, long failures, long replaced) {}
