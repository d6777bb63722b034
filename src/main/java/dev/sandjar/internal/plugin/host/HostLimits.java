package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.plugin.wire.CodecLimits;

/**
 * Bounds of a channel.
 *
 * @param streamBytes of one call, to all streams
 */
record HostLimits(CodecLimits codec, int inFlight, int callbacksInFlight, long streamBytes) {}
