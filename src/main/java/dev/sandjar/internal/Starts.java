package dev.sandjar.internal;

import dev.sandjar.Command;
import dev.sandjar.Explanation;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSetup;
import dev.sandjar.seccomp.LearnedProfile;
import java.io.IOException;
import java.util.function.Consumer;

/** Carries out one policy, any number of times. Thread-safe. */
public interface Starts {
    SandboxProcess start(Command command) throws IOException;

    /** Refuses what a run to the end couldn't serve. */
    void check(Command command);

    /** Starts a program and reads it to its end. {@code started} receives it in between. */
    RunResult run(Command command, int captureLimit, Consumer<SandboxProcess> started)
            throws IOException, InterruptedException;

    LearnedProfile learn(Command command, int captureLimit) throws IOException, InterruptedException;

    SandboxPool pool(int size) throws IOException;

    /** {@code listener} is called once, before the root changes. */
    PreparedSandbox prepare(SandboxSetup.Listener listener) throws IOException, InterruptedException;

    Explanation explain() throws IOException;

    /** What the command {@code sandjar-run} carries out. */
    byte[] freeze() throws IOException;

    /** All of a start but its program. */
    void rehearse() throws IOException;
}
