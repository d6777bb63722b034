package dev.sandjar.verify;

import java.util.List;
import java.util.OptionalInt;

/**
 * Counts of what a program in a sandbox reaches, to compare policies by: less is better. The first three are computed from the policy, the
 * others are counted inside. Immutable and thread-safe.
 *
 * @param systemCalls the number of system calls that its seccomp filter lets pass, at least with some arguments; all of them without a
 *     filter
 * @param systemCallsKnown the number of system calls that Sandjar knows on this architecture ({@code syscalls(2)})
 * @param capabilities the capabilities that it keeps in any set, such as "CAP_NET_BIND_SERVICE" ({@code capabilities(7)})
 * @param writableKernelFiles the number of files below /proc/sys and /sys that it may write to; empty if they could not be counted
 * @param processes the number of processes that it sees, its own included; empty if they could not be counted, as without a /proc
 * @param descriptors the number of descriptors that it was given, the standard three included; empty if they could not be counted
 * @param interfaces the names of its network interfaces
 */
public record Exposure(
        int systemCalls,
        int systemCallsKnown,
        List<String> capabilities,
        OptionalInt writableKernelFiles,
        OptionalInt processes,
        OptionalInt descriptors,
        List<String> interfaces) {
    /**
     * Makes an exposure of its parts; the lists are copied.
     *
     * @param systemCalls see the record
     * @param systemCallsKnown see the record
     * @param capabilities see the record
     * @param writableKernelFiles see the record
     * @param processes see the record
     * @param descriptors see the record
     * @param interfaces see the record
     */
    public Exposure {
        capabilities = List.copyOf(capabilities);
        interfaces = List.copyOf(interfaces);
    }

    /** Returns one line for each of the counts, for a terminal. */
    @Override
    public String toString() {
        return "  system calls           " + systemCalls + " of " + systemCallsKnown + "\n  capabilities           "
                + (capabilities.isEmpty() ? "none" : String.join(" ", capabilities)) + "\n  writable kernel files  "
                + known(writableKernelFiles) + "\n  visible processes      " + known(processes)
                + "\n  descriptors            " + known(descriptors) + "\n  network interfaces     "
                + (interfaces.isEmpty() ? "none" : String.join(" ", interfaces)) + "\n";
    }

    private static String known(OptionalInt number) {
        return number.isPresent() ? Integer.toString(number.getAsInt()) : "unknown";
    }
}
