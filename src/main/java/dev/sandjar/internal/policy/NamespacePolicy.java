package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The namespaces of a sandbox and what is set inside them.
 *
 * @param choices every kind that is not the host's
 * @param init whether a new pid namespace gets Sandjar's init as process 1
 * @param loopbackUp whether the loopback device of a new network namespace is up
 * @param monotonicOffset shift of CLOCK_MONOTONIC in a new time namespace
 * @param boottimeOffset shift of CLOCK_BOOTTIME in a new time namespace
 * @param forbidNestedUser whether processes inside are kept from making user namespaces
 * @param lastPid the process id of a new PID namespace after which the program's comes; 0 leaves it
 * @param clockStart what CLOCK_MONOTONIC and CLOCK_BOOTTIME show at the start; null: they are shifted as the offsets say
 * @param sysctls values by their path below /proc/sys
 * @param hostSockets what becomes of sockets that processes outside listen on, where the network is the host's
 */
public record NamespacePolicy(
        Map<NamespaceKind, NamespaceChoice> choices,
        boolean init,
        boolean loopbackUp,
        @Nullable String hostname,
        @Nullable String domainname,
        Duration monotonicOffset,
        Duration boottimeOffset,
        boolean forbidNestedUser,
        int lastPid,
        @Nullable Duration clockStart,
        Map<String, String> sysctls,
        HostSocketsChoice hostSockets) {
    /** Of AF_UNIX, on the host's network. */
    public enum HostSocketsChoice {
        /** Nobody said anything of them. */
        OPEN,
        WITHHELD,
        /** They would have been withheld. */
        ASKED_FOR
    }

    public NamespacePolicy {
        sysctls = Collections.unmodifiableMap(new LinkedHashMap<>(sysctls));
        EnumMap<NamespaceKind, NamespaceChoice> copy = new EnumMap<>(NamespaceKind.class);
        copy.putAll(choices);
        choices = Collections.unmodifiableMap(copy);
    }

    public NamespacePolicy(
            Map<NamespaceKind, NamespaceChoice> choices,
            boolean init,
            boolean loopbackUp,
            @Nullable String hostname,
            @Nullable String domainname,
            Duration monotonicOffset,
            Duration boottimeOffset,
            boolean forbidNestedUser) {
        this(
                choices,
                init,
                loopbackUp,
                hostname,
                domainname,
                monotonicOffset,
                boottimeOffset,
                forbidNestedUser,
                0,
                null,
                Map.of(),
                HostSocketsChoice.OPEN);
    }

    public static NamespacePolicy none() {
        return new NamespacePolicy(Map.of(), true, true, null, null, Duration.ZERO, Duration.ZERO, false);
    }

    public NamespaceChoice choice(NamespaceKind kind) {
        return choices.getOrDefault(kind, new NamespaceChoice.Host());
    }

    public boolean isNew(NamespaceKind kind) {
        return choice(kind) instanceof NamespaceChoice.New;
    }
}
