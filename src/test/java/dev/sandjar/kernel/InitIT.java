package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Process 1 of a PID namespace: the small init, or the program itself. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class InitIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static Sandbox withInit() {
        return Sandbox.builder()
                .pidNamespace()
                .userNamespace()
                .rootfs(RootFs.hostReadOnly())
                .build();
    }

    private static Sandbox withoutInit() {
        return Sandbox.builder()
                .namespaces(n -> n.init(false))
                .userNamespace()
                .rootfs(RootFs.hostReadOnly())
                .build();
    }

    @Test
    @NeedsHost(Feature.PS)
    void withInitTheProgramIsItsChild() throws Exception {
        assertEquals("1 2", Guest.sh(withInit(), "echo $PPID $$"));
        String processes = Guest.sh(withInit(), "ps -e -o pid=,ppid=,comm=").replaceAll(" +", " ");
        assertTrue(processes.contains("1 0 sandjar-init"), processes);
        assertTrue(processes.contains("2 1 sh"), processes);
        assertFalse(processes.contains("java"), processes);
    }

    @Test
    @NeedsHost(Feature.PS)
    void withoutInitTheProgramIsProcess1() throws Exception {
        assertEquals("0 1", Guest.sh(withoutInit(), "echo $PPID $$"));
        String processes = Guest.sh(withoutInit(), "ps -e -o pid=,ppid=,comm=").replaceAll(" +", " ");
        assertTrue(processes.startsWith("1 0 sh"), processes);
        assertFalse(processes.contains("sandjar-init"), processes);
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void orphansAreReaped() throws Exception {
        String program =
                """
            import os, sys
            r, w = os.pipe()
            if os.fork() == 0:
                if os.fork() == 0:
                    os.read(r, 1)
                    os._exit(0)
                os._exit(0)
            os.wait()
            children = lambda: open('/proc/1/task/1/children').read().split()
            assert len(children()) == 2, children()
            os.write(w, b'x')
            while len(children()) > 1:
                os.sched_yield()
            print('reaped')
            """;
        assertEquals("reaped", Guest.python(withInit(), program));
    }

    @Test
    void signalsReachTheProgram() throws Exception {
        try (SandboxProcess process =
                withInit().start("sh", "-c", "trap 'echo got; exit 7' TERM; echo ready; sleep 1000 & wait")) {
            BufferedReader out = process.inputReader();
            assertEquals("ready", out.readLine());
            process.signal(Signal.TERM);
            assertEquals("got", out.readLine());
            assertEquals(7, process.waitForReport().exitCode().getAsInt());
        }
    }

    @Test
    void theInitPassesSignalsOn() throws Exception {
        try (SandboxProcess process =
                withInit().start("sh", "-c", "trap 'echo got; exit 8' USR1; echo ready; sleep 1000 & wait")) {
            BufferedReader out = process.inputReader();
            assertEquals("ready", out.readLine());
            HostProgram.sh("kill -USR1 $(awk '/^PPid:/ {print $2}' /proc/" + process.pid() + "/status)");
            assertEquals("got", out.readLine());
            assertEquals(8, process.waitForReport().exitCode().getAsInt());
        }
    }

    @Test
    void aSignalIsTheVerdict() throws Exception {
        try (SandboxProcess process = withInit().start("cat")) {
            process.signal(Signal.TERM);
            assertEquals(Verdict.SIGNALED, process.waitForReport().verdict());
            assertEquals(Optional.of(Signal.TERM), process.waitForReport().signal());
        }
    }

    @Test
    void theProgramsEndIsTheEndOfAll() throws Exception {
        try (SandboxProcess process = withInit()
                .start(
                        "sh",
                        "-c",
                        "(trap '' HUP TERM; exec cat /dev/zero >/dev/null) & (setsid sleep 1000 &) ; echo up; read x")) {
            assertEquals("up", process.inputReader().readLine());
            assertTrue(Await.within(LIMIT, () -> sizeOf(process) >= 3), "a shell and two more");
            ProcessHandle[] all = process.processes().stream()
                    .flatMap(p -> ProcessHandle.of(p.pid()).stream())
                    .toArray(ProcessHandle[]::new);
            process.getOutputStream().close();
            process.waitForReport();
            for (ProcessHandle handle : all) {
                assertTrue(Await.within(LIMIT, () -> !handle.isAlive()), handle + " lives on");
            }
        }
    }

    private static long sizeOf(SandboxProcess process) {
        try {
            return process.processes().stream().count();
        } catch (java.io.IOException e) {
            return 0;
        }
    }

    @Test
    void withoutAPidNamespaceTheTreeEndsToo() throws Exception {
        try (SandboxProcess process =
                Sandbox.builder().build().start("sh", "-c", "(setsid sleep 1000 &); echo up; read x")) {
            assertEquals("up", process.inputReader().readLine());
            assertTrue(Await.within(LIMIT, () -> sizeOf(process) >= 2));
            ProcessHandle[] all = process.processes().stream()
                    .flatMap(p -> ProcessHandle.of(p.pid()).stream())
                    .toArray(ProcessHandle[]::new);
            process.close();
            for (ProcessHandle handle : all) {
                assertTrue(Await.within(LIMIT, () -> !handle.isAlive()), handle + " lives on");
            }
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        }
    }

    @Test
    void theInitCantBeKilledOrReadFromInside() throws Exception {
        assertEquals(
                "alive",
                Guest.sh(
                        withInit(),
                        "kill -9 1; kill -STOP 1; kill -0 1 && cat /proc/1/comm | grep -q sandjar && echo alive"));
        String peek =
                "for f in root cwd exe fd/0; do readlink /proc/$1/$f; done; head -c 1 /proc/$1/environ; head -c 1 /proc/$1/maps";
        assertEquals("", Guest.trySh(withInit(), peek, "1").stdout());
        assertTrue(Guest.trySh(withInit(), peek, "self").stdout().startsWith("/\n/\n/"), "of itself it sees these");
    }

    @Test
    void withoutInitPlacesInProcAreMaskedToo() throws Exception {
        SandboxBuilder builder = withoutInit().toBuilder();
        String look = "cat /proc/uptime; ls /proc/sys; echo end";
        assertNotEquals("end", Guest.sh(builder.build(), look));
        assertEquals(
                "end",
                Guest.sh(
                        builder.mounts(m -> m.mask("/proc/uptime", "/proc/sys")).build(), look));
        assertEquals(
                "refused",
                Guest.sh(withoutInit(), "(echo x > /usr/canary) 2>/dev/null || echo refused"),
                "the root is read-only all the same");
    }

    @Test
    void withoutInitFurtherProgramsRunToo() throws Exception {
        try (SandboxProcess process = withoutInit().start("cat");
                BufferedWriter to = process.outputWriter();
                BufferedReader from = process.inputReader()) {
            to.write("there\n");
            to.flush();
            assertEquals("there", from.readLine(), "from here on it is cat, not what becomes it");
            try (SandboxProcess more = process.exec(Command.of("/bin/cat", "/proc/1/comm"))) {
                assertEquals("cat", more.inputReader().readLine());
                assertEquals(0, more.waitForReport().exitCode().getAsInt());
            }
            assertTrue(process.isAlive());
        }
    }
}
