package dev.sandjar.internal.process;

import dev.sandjar.Command;

/** What is written to standard input for a program that is run to its end, and for none that is only started. */
public final class Inputs {
    private Inputs() {}

    /** Refuses a command that has something to be written, which a start would leave out. */
    public static void refuse(Command command) {
        if (command.input().isPresent()) {
            throw new IllegalArgumentException("input(...) is for run(); write to getOutputStream()");
        }
    }
}
