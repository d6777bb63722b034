package dev.sandjar.life;

import dev.sandjar.Command;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.changes.ChangeSet;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Most of what an application does with the library, in a class loader of its own. */
public final class ReloadUse implements Runnable {
    @Override
    public void run() {
        try {
            plain();
            isolated();
            refused();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** At the end of an application that has been told to do so. */
    public static final class Shutdown implements Runnable {
        @Override
        public void run() {
            Sandjar.shutdown();
        }
    }

    /** Nothing but a pool, whose sandboxes are still ending when the class loader is closed. */
    public static final class Pool implements Runnable {
        @Override
        public void run() {
            try (SandboxPool pool = Sandbox.untrusted().build().pool(2)) {
                check(pool.run("true").report().isSuccess());
            } catch (UnsupportedIsolationException e) {
                System.out.println("without isolation: " + e.getMessage());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private static void plain() throws IOException, InterruptedException {
        Sandbox sandbox = Sandbox.builder().timeout(Duration.ofSeconds(30)).build();
        check(sandbox.run("echo", "run").stdout().equals("run\n"));
        Path file = Files.createTempFile("sandjar-reload", null);
        try (SandboxProcess process = sandbox.start(Command.of("cat").stdout(Redirect.to(file.toFile())))) {
            process.outputWriter().append("redirected").close();
            check(process.waitForReport().isSuccess());
        }
        check(Files.readString(file).equals("redirected"));
        Files.delete(file);
        try (SandboxProcess process = sandbox.start(Command.of("cat").pty(24, 80));
                SandboxProcess more = process.exec(Command.of("true"))) {
            check(more.waitFor() == 0);
            process.processes();
            process.destroy();
            process.onReport().join();
        }
        SandboxProcess forgotten = sandbox.start("cat");
        forgotten.outputWriter().append("not closed\n").flush();
        check(forgotten.inputReader().readLine().equals("not closed"));
        forgotten.destroy();
        forgotten.onReport().join();
    }

    private static void isolated() throws IOException, InterruptedException {
        SandboxBuilder builder = Sandbox.untrusted();
        try {
            Sandbox sandbox = builder.build();
            check(sandbox.run("true").report().isSuccess());
            sandbox.explain();
            try (SandboxPool pool = sandbox.pool(2);
                    SandboxProcess process = pool.start("true")) {
                check(process.waitFor() == 0);
            }
            Sandbox layered = builder.rootfs(RootFs.overlay(Path.of("/")).captureChanges())
                    .mounts(m -> m.directory("/place", 01777))
                    .build();
            RunResult result = layered.run("sh", "-c", "echo changed > /place/changed");
            try (ChangeSet changes = result.changes().orElseThrow()) {
                check(changes.text("/place/changed").equals("changed\n"));
            }
        } catch (UnsupportedIsolationException e) {
            System.out.println("without isolation: " + e.getMessage());
        }
    }

    /** Last of all: nothing that comes later wakes whoever waits for what has failed. */
    private static void refused() throws IOException {
        Sandbox sandbox = Sandbox.builder().build();
        try (SandboxProcess process = sandbox.start("/no/such/program")) {
            throw new IllegalStateException("there is a program: " + process.info());
        } catch (SandboxException e) {
            check(e.systemCall().orElse("").equals("execve"));
        }
    }

    private static void check(boolean good) {
        if (!good) {
            throw new IllegalStateException("not as it should be");
        }
    }
}
