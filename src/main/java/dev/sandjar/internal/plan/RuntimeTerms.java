package dev.sandjar.internal.plan;

/**
 * What the configuration of an OCI runtime decides, and the library's baseline does for everybody else: whoever calls a runtime has its
 * containers mean the same under each. With terms the root has the bits that it has on the host (set-user-ID, devices), a filter is the
 * configuration's and nothing more, and a limit of memory brings none of swap.
 *
 * @param noNewPrivileges whether programs are kept from gaining privileges when they execute others
 */
public record RuntimeTerms(boolean noNewPrivileges) {}
