package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import java.time.Duration;

/** Refuses times of commands that would not be kept. */
final class StartTimes {
    private StartTimes() {}

    /** A command asks for less than its sandbox has, never for more. */
    static void check(Sandbox sandbox, Command command) {
        Duration most = sandbox.bounds().timeout().orElse(null);
        Duration asked = command.timeout().orElse(null);
        if (most != null && asked != null && asked.compareTo(most) > 0) {
            throw new IllegalArgumentException("the command's timeout is " + asked + ", allowed is at most " + most
                    + ", the timeout of its sandbox");
        }
    }
}
