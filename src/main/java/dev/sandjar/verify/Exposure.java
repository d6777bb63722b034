package dev.sandjar.verify;

import java.util.List;
import java.util.OptionalInt;

/**
 * What can be counted of what a sandboxed program reaches, as a measure to compare policies by. Less is better.
 *
 * @param systemCalls how many system calls its filter lets pass, with some arguments at least
 * @param systemCallsKnown how many there are on this architecture
 * @param capabilities those that it keeps, such as "CAP_NET_BIND_SERVICE"
 * @param writableKernelFiles files below /proc/sys and /sys that it may write to; empty if they could not be counted
 * @param processes how many it sees, its own included; empty if there is no /proc
 * @param descriptors how many it was given, its standard three included; empty if unknown
 * @param interfaces its network interfaces
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
     * Copies the lists.
     *
     * @param systemCalls how many system calls pass
     * @param systemCallsKnown how many there are
     * @param capabilities those that it keeps
     * @param writableKernelFiles below /proc/sys and /sys
     * @param processes how many it sees
     * @param descriptors how many it was given
     * @param interfaces its network interfaces
     */
    public Exposure {
        capabilities = List.copyOf(capabilities);
        interfaces = List.copyOf(interfaces);
    }

    /** A line for each. */
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
