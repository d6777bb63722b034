package dev.sandjar.internal.bpf;

import java.util.Set;

/**
 * Which calls the host decides on.
 *
 * @param names those that have handlers
 * @param refused whether what the profile answers with an error is reported to the host first
 * @param all whether every call that passes is traced; nothing is then asked about
 */
public record InterceptedCalls(Set<String> names, boolean refused, boolean all) {
    public static final InterceptedCalls NOTHING = new InterceptedCalls(Set.of(), false, false);

    public InterceptedCalls {
        names = Set.copyOf(names);
    }

    boolean isNothing() {
        return names.isEmpty() && !refused && !all;
    }
}
