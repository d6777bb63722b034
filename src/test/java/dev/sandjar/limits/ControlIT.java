package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.ResourceUsage;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxEvent;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can be done with a running sandbox that has a cgroup. */
@KernelTest
@NeedsHost({Feature.BOMB, Feature.CGROUP_MEMORY, Feature.CGROUP_PIDS})
class ControlIT {
    private static final Duration PLENTY = Duration.ofSeconds(20);
    private static final Duration A_WHILE = Duration.ofMillis(200);

    private static int available(InputStream in) {
        try {
            return in.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void discard(InputStream in) throws IOException {
        in.skipNBytes(in.available());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    @NeedsHost(Feature.CGROUP_FREEZER)
    void nothingGoesOnWhileFrozen(Box box) throws Exception {
        Sandbox sandbox = box.builder().accounting().timeout(PLENTY).build();
        try (SandboxProcess process = sandbox.start(box.bomb("tick", "2"))) {
            InputStream ticks = process.getInputStream();
            for (int i = 0; i < 3; i++) {
                assertTrue(Await.within(PLENTY, () -> available(ticks) >= 5), "it goes on");
                process.freeze();
                discard(ticks);
                assertFalse(Await.within(A_WHILE, () -> available(ticks) > 0), "it stands still");
                assertTrue(process.isAlive());
                process.thaw();
            }
            assertTrue(Await.within(PLENTY, () -> available(ticks) >= 5));
            process.freeze();
        }
    }

    @Test
    void accountingIsExplained() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().accounting().build();
        AppliedPolicy.Entry entry = sandbox.explain().entries().stream()
                .filter(e -> e.request().equals("accounting by cgroups"))
                .findFirst()
                .orElseThrow();
        assertEquals(AppliedPolicy.Outcome.ENFORCED, entry.outcome());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    @NeedsHost(Feature.CGROUP_FREEZER)
    void whatIsFrozenCanBeDestroyed(Box box) throws Exception {
        Sandbox sandbox = box.builder().accounting().timeout(PLENTY).build();
        try (SandboxProcess process = sandbox.start(box.bomb("daemons-and-stay", "5"))) {
            assertEquals('5', process.getInputStream().read());
            process.freeze();
            process.destroy();
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        }
    }

    @Test
    @NeedsHost(Feature.CGROUP_FREEZER)
    void daemonsAreFrozenToo() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().accounting().timeout(PLENTY).build();
        String script = "setsid \"$0\" tick 2 & exec \"$0\" silent";
        try (SandboxProcess process = sandbox.start("sh", "-c", script, Bomb.PROGRAM.toString())) {
            InputStream ticks = process.getInputStream();
            assertTrue(Await.within(PLENTY, () -> available(ticks) >= 5));
            process.freeze();
            discard(ticks);
            assertFalse(Await.within(A_WHILE, () -> available(ticks) > 0));
        }
    }

    @Test
    void withoutACgroupThereIsNoControl() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().timeout(PLENTY).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            assertThrows(IllegalStateException.class, process::freeze);
            assertThrows(IllegalStateException.class, process::thaw);
            assertThrows(
                    IllegalStateException.class,
                    () -> process.update(Limits.none().pids(3)));
            assertThrows(IllegalStateException.class, () -> process.onEvent(event -> {}));
        }
    }

    @Test
    void pidsAreUpdated() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().pidsLimit(200).timeout(PLENTY).build();
        String script = "read line; exec \"$0\" forks 100";
        try (SandboxProcess process = sandbox.start("sh", "-c", script, Bomb.PROGRAM.toString())) {
            process.update(Limits.none().pids(20));
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes());
            assertEquals("19 fork EAGAIN\n", out);
        }
        RunResult free = sandbox.run(Bomb.command("forks", "100"));
        assertEquals(100, Bomb.reached(free));
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void usageIsLive(Box box) throws Exception {
        Sandbox sandbox =
                box.builder().accounting().pidsLimit(100).timeout(PLENTY).build();
        try (SandboxProcess process = sandbox.start(box.bomb("spin", "60000", "3"))) {
            assertTrue(
                    Await.within(PLENTY, () -> Usages.live(process).processes().orElseThrow() == 3));
            ResourceUsage first = process.usage();
            assertEquals(ResourceUsage.Source.CGROUP, first.source());
            assertTrue(Await.within(
                    PLENTY,
                    () -> Usages.live(process)
                                    .cpuTime()
                                    .compareTo(first.cpuTime().plusMillis(50))
                            > 0));
            assertTrue(process.usage().wallTime().compareTo(first.wallTime()) > 0);
            ResourceUsage last = process.usage();
            process.destroy();
            ResourceUsage end = process.waitForReport().usage();
            assertTrue(end.cpuTime().compareTo(last.cpuTime()) >= 0, end + " after " + last);
            assertEquals(end, process.usage());
        }
    }

    @Test
    void eventsTellOfLimits() throws Exception {
        Set<SandboxEvent.Kind> seen = ConcurrentHashMap.newKeySet();
        Sandbox sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(32))
                .limits(l -> l.oomGroup(false))
                .pidsLimit(10)
                .timeout(PLENTY)
                .build();
        String script = "read line; \"$0\" child 200; \"$0\" forks 50; read line; exit 0";
        try (SandboxProcess process = sandbox.start("sh", "-c", script, Bomb.PROGRAM.toString())) {
            process.onEvent(event -> seen.add(event.kind()));
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertTrue(
                    Await.within(
                            PLENTY,
                            () -> seen.contains(SandboxEvent.Kind.PIDS_MAX)
                                    && seen.contains(SandboxEvent.Kind.OOM_KILL)),
                    seen::toString);
            process.getOutputStream().close();
            assertEquals(Verdict.EXITED, process.waitForReport().verdict());
        }
    }

    /** What happens just before the end is not lost with it. */
    @Test
    void eventsOfShortRuns() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().pidsLimit(5).timeout(PLENTY).build();
        String script = "read line; exec \"$0\" forks 20";
        for (int round = 0; round < 10; round++) {
            Set<SandboxEvent.Kind> seen = ConcurrentHashMap.newKeySet();
            try (SandboxProcess process = sandbox.start("sh", "-c", script, Bomb.PROGRAM.toString())) {
                process.onEvent(event -> seen.add(event.kind()));
                process.getOutputStream().close();
                process.waitForReport();
            }
            assertTrue(Await.within(PLENTY, () -> seen.contains(SandboxEvent.Kind.PIDS_MAX)), seen::toString);
        }
    }

    /** The program does not wait for whoever listens: its end may be on its way then. */
    @Test
    void eventsOfWhatEndsAsTheListenerComes() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().pidsLimit(5).timeout(PLENTY).build();
        int listened = 0;
        for (int round = 0; round < 40 || listened == 0 && round < 1000; round++) {
            Set<SandboxEvent.Kind> seen = ConcurrentHashMap.newKeySet();
            try (SandboxProcess process = sandbox.start(Bomb.command("forks", "20"))) {
                process.onEvent(event -> seen.add(event.kind()));
                listened++;
                process.waitForReport();
                assertTrue(Await.within(PLENTY, () -> seen.contains(SandboxEvent.Kind.PIDS_MAX)), "round " + round);
            } catch (IllegalStateException e) {
                assertTrue(e.getMessage().contains("has ended"), e::toString);
            }
        }
        assertTrue(listened > 0, "each had ended before");
    }

    @Test
    void noEventsWithoutCause() throws Exception {
        Set<SandboxEvent.Kind> seen = ConcurrentHashMap.newKeySet();
        Sandbox sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(64))
                .pidsLimit(10)
                .timeout(PLENTY)
                .build();
        try (SandboxProcess process = sandbox.start("sh", "-c", "read line; exit 0")) {
            process.onEvent(event -> seen.add(event.kind()));
            process.getOutputStream().close();
            process.waitForReport();
        }
        assertEquals(Set.of(), seen);
    }
}
