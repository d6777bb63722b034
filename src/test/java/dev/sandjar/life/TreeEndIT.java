package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.ProcessTree;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ending a sandbox ends everything in it, wherever it has gone. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class TreeEndIT {
    /** A child; a daemon that forked twice and left session and parent; one that also ignores every signal it can. */
    private static final String FAMILY = "sleep 1000 & (setsid sh -c 'sleep 1001 & sleep 1002 & exec sleep 1003' &) ;"
            + " (setsid sh -c 'trap \"\" TERM INT HUP; sleep 1004; sleep 1005' &) ; echo ready; ";

    private static final int MEMBERS = 6;

    private static SandboxProcess start(Kind kind, String last) throws Exception {
        SandboxProcess process = kind.sandbox().start("sh", "-c", FAMILY + last);
        assertEquals("ready", process.inputReader().readLine());
        return process;
    }

    /** Supervisor, program and family. */
    private static List<Long> everybody(SandboxProcess process) {
        List<Long> pids = new ArrayList<>();
        pids.add(supervisor(process).pid());
        pids.addAll(Gone.whenThereAre(1 + MEMBERS, process));
        return pids;
    }

    /** Without an init the supervisor has two seconds to end them all; what is left then the launcher ends a little later. */
    private static void assertGone(Kind kind, List<Long> pids) {
        if (kind != Kind.UNTRUSTED) {
            Await.within(Gone.PATIENCE, () -> Gone.living(pids).isEmpty());
        }
        assertEquals(List.of(), Gone.living(pids), kind.name());
    }

    private static ProcessHandle supervisor(SandboxProcess process) {
        return process.toHandle().parent().orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void closingLeavesNothing(Kind kind) throws Exception {
        List<Long> pids;
        SandboxProcess process = start(kind, "wait");
        try (process) {
            pids = everybody(process);
        }
        assertGone(kind, pids);
        assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        assertEquals(137, process.exitValue());
    }

    /** The grace is for limits. */
    @Test
    void destroyingHasNoGrace() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .timeout(Duration.ofHours(1))
                .bounds(b -> b.grace(Duration.ofHours(1)))
                .build();
        String program = "trap 'echo asked' TERM; echo ready; while :; do read line; done";
        try (SandboxProcess process = sandbox.start("sh", "-c", program)) {
            assertEquals("ready", process.inputReader().readLine());
            process.destroy();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
            assertNull(process.inputReader().readLine());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theEndOfTheProgramIsTheEndOfAll(Kind kind) throws Exception {
        try (SandboxProcess process = start(kind, "read line; exit 3")) {
            List<Long> pids = everybody(process);
            process.getOutputStream().close();
            assertEquals(3, process.waitFor());
            // The supervisor itself may still be ending: it has told before.
            assertEquals(List.of(), Gone.living(pids.subList(1, pids.size())));
            assertTrue(Await.within(Gone.PATIENCE, () -> Gone.living(pids).isEmpty()));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aStoppedFamilyEnds(Kind kind) throws Exception {
        List<Long> pids;
        try (SandboxProcess process = start(kind, "wait")) {
            pids = everybody(process);
            // From the top down, the supervisor first: nobody can react any more.
            pids.forEach(pid -> HostProgram.sh("kill -STOP " + pid));
        }
        assertTrue(Await.within(Gone.PATIENCE, () -> Gone.living(pids).isEmpty()), () -> "left: " + Gone.living(pids));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void withoutItsSupervisorItIsLostAndGone(Kind kind) throws Exception {
        try (SandboxProcess process = start(kind, "wait")) {
            List<Long> pids = everybody(process);
            supervisor(process).destroyForcibly();
            assertEquals(Verdict.LOST, process.waitForReport().verdict());
            assertTrue(
                    Await.within(Gone.PATIENCE, () -> Gone.living(pids).isEmpty()), () -> "left: " + Gone.living(pids));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void closingWhileItEndsByItself(Kind kind) throws Exception {
        for (int i = 0; i < 40; i++) {
            SandboxProcess process = kind.sandbox().start("true");
            if (i % 2 == 0) {
                process.destroy();
            }
            process.close();
            Verdict verdict = process.waitForReport().verdict();
            assertTrue(verdict == Verdict.EXITED || verdict == Verdict.DESTROYED, verdict.toString());
        }
    }

    @Test
    void forkingFasterThanItIsKilled() throws Exception {
        // Fewer than untrusted() may have: a shell that can't fork ends, and everything with it.
        String script =
                "f() { setsid sleep 1000 & }; i=0; while [ $i -lt 200 ]; do f; i=$((i + 1)); [ $i -ne 20 ] || echo ready;"
                        + " done; wait";
        for (Kind kind : Kind.values()) {
            List<Long> pids;
            try (SandboxProcess process = kind.sandbox().start("sh", "-c", script)) {
                assertEquals("ready", process.inputReader().readLine());
                pids = process.processes().stream().map(ProcessTree::pid).collect(Collectors.toList());
                assertTrue(pids.size() > 20, pids.toString());
            }
            assertGone(kind, pids);
        }
    }

    @Test
    void theTreeHasBothNumbers() throws Exception {
        try (SandboxProcess process = start(Kind.UNTRUSTED, "wait")) {
            everybody(process);
            ProcessTree top = process.processes();
            assertEquals(process.pid(), top.pid());
            assertTrue(top.sandboxPid() > 1 && top.sandboxPid() < 10, top.toString());
            assertEquals(List.of("sh", "-c", FAMILY + "wait"), top.commandLine());
            assertTrue(top.children().stream().anyMatch(p -> p.commandLine().equals(List.of("sleep", "1000"))));
            assertEquals(1 + MEMBERS, top.toString().lines().count(), top.toString());
        }
    }
}
