package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.internal.policy.ConfinementPolicy;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallHandler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The part of a builder about what calls a program may make. */
final class ConfinementSettings {
    private SeccompProfile profile = SeccompProfile.none();
    private final Map<String, SyscallHandler> handlers = new LinkedHashMap<>();
    private @Nullable Landlock landlock;
    private boolean recordDenials;
    private boolean mitigateSpeculation;
    private boolean coreScheduling;

    ConfinementSettings copy() {
        ConfinementSettings copy = new ConfinementSettings();
        copy.profile = profile;
        copy.handlers.putAll(handlers);
        copy.landlock = landlock;
        copy.recordDenials = recordDenials;
        copy.mitigateSpeculation = mitigateSpeculation;
        copy.coreScheduling = coreScheduling;
        return copy;
    }

    void profile(SeccompProfile chosen) {
        profile = Objects.requireNonNull(chosen);
    }

    void onSyscall(String name, SyscallHandler handler) {
        Objects.requireNonNull(handler);
        Engine.get().profiles().checkSystemCall(name);
        handlers.put(name, handler);
    }

    void landlock(Landlock rules) {
        landlock = Objects.requireNonNull(rules);
    }

    void recordDenials() {
        recordDenials = true;
    }

    void mitigateSpeculation() {
        mitigateSpeculation = true;
    }

    void coreScheduling() {
        coreScheduling = true;
    }

    Map<String, SyscallHandler> handlers() {
        return Map.copyOf(handlers);
    }

    ConfinementPolicy toPolicy() {
        return new ConfinementPolicy(
                profile, handlers.keySet(), recordDenials, false, landlock, mitigateSpeculation, coreScheduling);
    }
}
