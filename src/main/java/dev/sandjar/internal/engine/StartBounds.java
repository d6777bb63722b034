package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.internal.util.TimeWords;
import java.time.Duration;
import java.util.Optional;

/** Refuses bounds of commands that would not be kept. */
final class StartBounds {
    private StartBounds() {}

    /** A command asks for less than its sandbox has, never for more. */
    static void check(Sandbox sandbox, Command command) {
        check("timeout", "timeout(...)", sandbox.bounds().timeout(), command.timeout());
        Optional<Duration> cpuTime = sandbox.bounds().cpuTime();
        if (command.cpuTime().isPresent() && cpuTime.isEmpty()) {
            throw new IllegalArgumentException("the command's CPU time is "
                    + TimeWords.of(command.cpuTime().get())
                    + ", allowed is one in a sandbox with a CPU time of its own, by bounds(b -> b.cpuTime(...))");
        }
        check("CPU time", "bounds(b -> b.cpuTime(...))", cpuTime, command.cpuTime());
        Optional<DataSize> memory = sandbox.limits().memory();
        if (command.memory().isPresent() && memory.isEmpty()) {
            throw new IllegalArgumentException("the command's memory is "
                    + command.memory().get()
                    + ", allowed is one in a sandbox with a memory limit of its own, by memoryLimit(...)");
        }
        check("memory", "memoryLimit(...)", memory, command.memory());
    }

    private static <T extends Comparable<T>> void check(String what, String call, Optional<T> most, Optional<T> asked) {
        if (most.isPresent() && asked.isPresent() && asked.get().compareTo(most.get()) > 0) {
            throw new IllegalArgumentException("the command's " + what + " is " + text(asked.get())
                    + ", allowed is at most " + text(most.get()) + ", the " + what + " of its sandbox, by " + call);
        }
    }

    private static String text(Object bound) {
        return bound instanceof Duration time ? TimeWords.of(time) : bound.toString();
    }
}
