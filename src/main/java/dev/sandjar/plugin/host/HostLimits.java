package dev.sandjar.plugin.host;

import dev.sandjar.plugin.wire.CodecLimits;

/**
 * Bounds of a channel.
 *
 * @param streamBytes of one call, to all streams
 */
public record HostLimits(CodecLimits codec, int inFlight, int callbacksInFlight, long streamBytes) {}
