package dev.sandjar.internal.policy;

/** The five sets of {@code capabilities(7)}, a bit for each number. */
public record CapabilityMasks(long bounding, long effective, long permitted, long inheritable, long ambient) {}
