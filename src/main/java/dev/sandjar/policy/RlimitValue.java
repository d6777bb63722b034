package dev.sandjar.policy;

/** Soft and hard value of one resource limit; -1 is RLIM_INFINITY. */
public record RlimitValue(long soft, long hard) {}
