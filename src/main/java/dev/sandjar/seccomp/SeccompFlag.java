package dev.sandjar.seccomp;

/** How the kernel installs a filter ({@code seccomp(2)}, SECCOMP_FILTER_FLAG_*). */
public enum SeccompFlag {
    /** Refused calls are written to the audit log, except for those that {@link SeccompAction#allow()} lets pass. */
    LOG,
    /** Speculative store bypass stays as it is: without this flag, kernels before 5.16 turn it off for the program. */
    SPEC_ALLOW
}
