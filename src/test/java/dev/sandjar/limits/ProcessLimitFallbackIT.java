package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.Rlimit;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RLIMIT_NPROC behind the limit on processes of cgroups. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.CGROUP_PIDS, Feature.BOMB})
class ProcessLimitFallbackIT {
    private static final String LIMIT = "ulimit -u; ulimit -Hu";

    private static long limit(SandboxBuilder builder) throws Exception {
        String[] lines = Guest.sh(builder.build(), "sed -n 's/^Max processes *//p' /proc/self/limits")
                .split(" +");
        assertEquals(lines[0], lines[1], LIMIT);
        return lines[0].equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(lines[0]);
    }

    @Test
    void presetsHaveItWithRoomAboveTheirLimit() throws Exception {
        assertEquals(1024, limit(Sandbox.untrusted()));
        assertEquals(1024, limit(Sandbox.hermetic().hostPrograms()));
        assertEquals(4000, limit(Sandbox.untrusted().pidsLimit(1000)));
        assertEquals(300, limit(Sandbox.untrusted().process(p -> p.rlimit(Rlimit.NPROC, 300))));
        assertTrue(Sandbox.untrusted().build().explain().entries().toString().contains("RLIMIT_NPROC"));
    }

    /** Nobody gets it who has not asked for a preset, or has taken its limit on processes away. */
    @Test
    void othersHaveWhatTheHostHas() throws Exception {
        long host = limit(Sandbox.builder());
        assertEquals(host, limit(Sandbox.builder().pidsLimit(50)));
        assertEquals(host, limit(Sandbox.untrusted().without(Limit.PIDS)));
    }

    /** The control is the second: with the first line far away, this one holds, so it would have if that had failed. */
    @Test
    void itHoldsByItself() throws Exception {
        RunResult first = Box.UNTRUSTED.builder().pidsLimit(60).build().run(Box.UNTRUSTED.bomb("forks", "100"));
        assertEquals(59, Bomb.reached(first), first.stdout());
        RunResult second = Box.UNTRUSTED
                .builder()
                .pidsLimit(500)
                .process(p -> p.rlimit(Rlimit.NPROC, 60))
                .build()
                .run(Box.UNTRUSTED.bomb("forks", "100"));
        assertTrue(Bomb.reached(second) >= 55 && Bomb.reached(second) < 60, second.stdout());
        assertTrue(second.stdout().contains("EAGAIN"), second.stdout());
    }

    /** The kernel counts for each namespace: many at once, by one user of the host, don't use it up for each other. */
    @Test
    void runsAtOnceDontCountForEachOther() throws Exception {
        Sandbox sandbox = Box.UNTRUSTED
                .builder()
                .pidsLimit(120)
                .process(p -> p.rlimit(Rlimit.NPROC, 120))
                .build();
        List<SandboxProcess> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                SandboxProcess process = sandbox.start(
                        "/bin/sh",
                        "-c",
                        "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20;"
                                + " do sleep 60 & sleep 60 & sleep 60 & sleep 60 & done; echo up; wait");
                busy.add(process);
                assertEquals("up", process.inputReader().readLine());
            }
            RunResult result = sandbox.run(Box.UNTRUSTED.bomb("forks", "100"));
            assertEquals(100, Bomb.reached(result), result.toString());
        } finally {
            busy.forEach(SandboxProcess::close);
        }
    }

    @Test
    void moreThanItCantBeReachedLater() throws Exception {
        try (SandboxProcess process = Sandbox.untrusted().build().start("sleep", "60")) {
            process.update(Limits.none().pids(1024));
            SandboxException e = assertThrows(
                    SandboxException.class, () -> process.update(Limits.none().pids(1025)));
            assertTrue(e.getMessage().contains("RLIMIT_NPROC"), e.getMessage());
            assertFalse(e.remedy().isEmpty());
        }
    }
}
