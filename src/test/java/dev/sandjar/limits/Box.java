package dev.sandjar.limits;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import java.util.List;

/** Sandboxes whose processes are ended by different means. */
enum Box {
    /** Nothing but its limits. */
    PLAIN,
    /** Everything that keeps a program in. */
    UNTRUSTED;

    private static final String INSIDE = "/tmp/bomb";

    SandboxBuilder builder() {
        if (this == PLAIN) {
            return Sandbox.builder().env("PATH", "/usr/bin:/bin");
        }
        for (Feature feature : List.of(Feature.USERNS, Feature.PROC)) {
            assumeTrue(feature.isPresent(), () -> "needs " + feature.label() + ": " + feature.missing());
        }
        return Sandbox.untrusted().bindReadOnly(Bomb.PROGRAM, INSIDE);
    }

    Command bomb(String... arguments) {
        return this == PLAIN ? Bomb.command(arguments) : Bomb.at(INSIDE, arguments);
    }

    /** A directory in memory. */
    String tmpfs() {
        return this == PLAIN ? "/dev/shm" : "/tmp";
    }
}
