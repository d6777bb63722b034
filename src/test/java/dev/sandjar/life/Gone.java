package dev.sandjar.life;

import dev.sandjar.ProcessTree;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Looks after the processes of a sandbox by their numbers on the host. */
final class Gone {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private Gone() {}

    /** Waits until the sandbox has that many processes. */
    static List<Long> whenThereAre(int count, SandboxProcess process) {
        if (!Await.within(PATIENCE, () -> tree(process).size() == count)) {
            throw new AssertionError("not " + count + " processes but " + tree(process));
        }
        return tree(process);
    }

    static List<Long> living(List<Long> pids) {
        return pids.stream().filter(pid -> ProcessHandle.of(pid).isPresent()).toList();
    }

    private static List<Long> tree(SandboxProcess process) {
        try {
            return process.processes().stream().map(ProcessTree::pid).toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
