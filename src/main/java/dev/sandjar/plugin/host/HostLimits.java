package dev.sandjar.plugin.host;

import dev.sandjar.plugin.wire.CodecLimits;

/** Bounds of a channel. */
public record HostLimits(CodecLimits codec, int inFlight, int callbacksInFlight) {}
