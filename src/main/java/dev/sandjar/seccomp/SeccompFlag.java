package dev.sandjar.seccomp;

/** A flag with which the kernel installs a filter ({@code seccomp(2)}, SECCOMP_FILTER_FLAG_*). */
public enum SeccompFlag {
    /**
     * Writes every action but {@link SeccompAction#allow()} to the audit log, as far as kernel.seccomp.actions_logged of the host has it.
     */
    LOG,
    /** Leaves speculative store bypass as it is; without this flag, kernels before Linux 5.16 turn it off for the program. */
    SPEC_ALLOW
}
