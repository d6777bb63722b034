package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Without a PID namespace a process that forked twice hangs on its supervisor and on the launcher. Where both are killed from outside at
 * the same moment, its cgroup is what is left of it, and whoever is left kills that.
 */
@Tag("linux")
@NeedsHost(Feature.CGROUP_PIDS)
@Timeout(value = 4, unit = TimeUnit.MINUTES) // further JVMs, on emulated processors
class LeftAloneIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static SandboxProcess start() throws IOException {
        return Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .accounting()
                .build()
                .start(Command.of("sh", "-c", "sh -c 'sleep 1000 & echo $!'; exec sleep 1000"));
    }

    private static long orphan(SandboxProcess process) throws IOException {
        return Long.parseLong(process.inputReader().readLine());
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Stopped first, so that none of them sees the end of another. */
    private static void killAtOnce(long... pids) {
        for (String signal : List.of("-STOP", "-KILL")) {
            List<String> command = new ArrayList<>(List.of("sh", "-c", "kill \"$@\"", "sh", signal));
            for (long pid : pids) {
                command.add(Long.toString(pid));
            }
            assertEquals(0, HostProgram.run(command.toArray(String[]::new)).exit());
        }
    }

    private static long supervisor(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(ProcessHandle::parent)
                .orElseThrow()
                .pid();
    }

    @Test
    void theJvmEndsWhatIsLeft() throws Exception {
        try (SandboxProcess process = start()) {
            long orphan = orphan(process);
            assertTrue(isAlive(orphan));
            killAtOnce(Launcher.get().pid(), supervisor(process.pid()));
            assertEquals(Verdict.LOST, process.waitForReport().verdict());
            assertTrue(Await.within(PATIENCE, () -> !isAlive(orphan)), () -> orphan + " lives");
        }
    }

    @Test
    void theNextJvmEndsWhatIsLeft() throws Exception {
        Process jvm = ChildJvm.start(Host.class, List.of());
        try (BufferedReader out = jvm.inputReader()) {
            String[] pids = String.valueOf(out.readLine()).split(" ");
            assertEquals(3, pids.length, () -> String.join(" ", pids));
            long orphan = Long.parseLong(pids[2]);
            killAtOnce(jvm.pid(), Long.parseLong(pids[0]), Long.parseLong(pids[1]));
            // Control: nobody is left who could.
            assertTrue(jvm.waitFor(60, TimeUnit.SECONDS));
            assertTrue(isAlive(orphan));
            Process next = ChildJvm.start(Host.class, List.of());
            try (BufferedReader nextOut = next.inputReader()) {
                String[] others = String.valueOf(nextOut.readLine()).split(" ");
                assertEquals(3, others.length);
                assertTrue(Await.within(PATIENCE, () -> !isAlive(orphan)), () -> orphan + " lives");
                next.destroyForcibly();
                assertTrue(Await.within(PATIENCE, () -> !isAlive(Long.parseLong(others[0]))), "its launcher lives");
            } finally {
                next.destroyForcibly();
            }
            // Whoever opens the cgroups next removes what is left of either.
            Sandjar.shutdown();
            Sandbox.builder().accounting().build().run("true").orThrow();
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** Says who there is: launcher, supervisor, orphan. */
    static final class Host {
        private Host() {}

        public static void main(String[] arguments) throws Exception {
            SandboxProcess process = start();
            System.out.println(Launcher.get().pid() + " " + supervisor(process.pid()) + " " + orphan(process));
            process.waitFor();
        }
    }
}
