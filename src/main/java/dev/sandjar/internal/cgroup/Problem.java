package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;

/** A limit that can't be set here, why, and what helps. */
public record Problem(Limit limit, String reason, String remedy) {}
