package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Limits;
import dev.sandjar.ResourceUsage;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Too much is a failure at once. Too little may come from a busy host, and is one only if it is so several times.
 */
@KernelTest
@NeedsHost({Feature.BOMB, Feature.CGROUP_CPU})
class CpuLimitIT {
    /** What others leave of the CPUs is now and then less than a quota. */
    private static final int ATTEMPTS = 30;

    /** The last period may be spent in full. */
    private static final double PERIOD_MILLIS = 100;

    /** So little that there is more on a machine under load too. */
    private static final double LITTLE = 0.1;

    @Test
    void quotaIsHeldWithinTenPercentInOneSecond() throws Exception {
        assertHeld(LITTLE, 1000, 0.1);
    }

    @Test
    void withoutQuotaThereIsMore() throws Exception {
        var held = Box.PLAIN.builder().cpuLimit(LITTLE / 5).build();
        double least = Usages.coresByItself(held.run(Bomb.command("spin", "1000", "4")));
        assertTrue(least < LITTLE / 2, least + " of all");
        double most = 0;
        for (int attempt = 0; attempt < ATTEMPTS && most <= LITTLE; attempt++) {
            RunResult result = Box.PLAIN.builder().accounting().build().run(Bomb.command("spin", "300", "4"));
            assertEquals(Duration.ZERO, result.report().usage().throttledTime());
            most = Math.max(most, Usages.coresByItself(result));
        }
        assertTrue(most > LITTLE, most + " of all");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 1.5})
    @Tag("slow")
    @NeedsHost(Feature.TWO_CPUS)
    void quotaIsHeldWithinFivePercentInFiveSeconds(double cores) throws Exception {
        assertHeld(cores, 5000, 0.05);
    }

    private static void assertHeld(double cores, int millis, double tolerance) throws Exception {
        var sandbox = Box.PLAIN.builder().cpuLimit(cores).build();
        double most = 0;
        int attempts = Math.min(ATTEMPTS, 40_000 / millis);
        for (int attempt = 0; attempt < attempts && most < cores * (1 - tolerance); attempt++) {
            RunResult result = sandbox.run(Bomb.command("spin", Integer.toString(millis), "4"));
            assertEquals(Verdict.EXITED, result.report().verdict());
            double held = Usages.coresByItself(result);
            double upper = cores * (1 + tolerance) + cores * PERIOD_MILLIS / millis;
            assertTrue(held <= upper, held + " of " + cores);
            assertTrue(
                    Usages.cores(result.report().usage()) <= upper,
                    result.report().toString());
            boolean reached = held >= cores * (1 - tolerance);
            assertTrue(
                    !reached || !result.report().usage().throttledTime().isZero(),
                    result.report().toString());
            most = Math.max(most, held);
        }
        assertTrue(most >= cores * (1 - tolerance), most + " of " + cores);
    }

    @Test
    @Tag("slow")
    @NeedsHost(Feature.CGROUP_CPUSET)
    void weightsShareOneCpuWithinFifteenPercent() throws Exception {
        var light =
                Box.PLAIN.builder().limits(l -> l.cpuWeight(100).cpusetCpus(0)).build();
        var heavy = light.toBuilder().limits(l -> l.cpuWeight(300)).build();
        double ratio = 0;
        for (int attempt = 0; attempt < ATTEMPTS && Math.abs(ratio - 3) > 3 * 0.15; attempt++) {
            ratio = ratio(light, heavy);
        }
        assertEquals(3, ratio, 3 * 0.15);
    }

    private static double ratio(Sandbox light, Sandbox heavy) throws Exception {
        try (SandboxProcess one = light.start(Bomb.command("spin", "60000", "1"));
                SandboxProcess other = heavy.start(Bomb.command("spin", "60000", "1"))) {
            ResourceUsage oneBefore = one.usage();
            ResourceUsage otherBefore = other.usage();
            Duration until = otherBefore.wallTime().plusSeconds(3);
            assertTrue(Await.within(
                    Duration.ofSeconds(20), () -> Usages.live(other).wallTime().compareTo(until) > 0));
            double lightTime = one.usage().cpuTime().minus(oneBefore.cpuTime()).toNanos();
            return other.usage().cpuTime().minus(otherBefore.cpuTime()).toNanos() / lightTime;
        }
    }

    @Test
    @NeedsHost({Feature.CGROUP_CPUSET, Feature.TWO_CPUS})
    void cpusetConfines() throws Exception {
        String script = "sed -n 's/^Cpus_allowed_list:\\t//p' /proc/self/status";
        for (int cpu : new int[] {0, 1}) {
            RunResult result =
                    Box.PLAIN.builder().limits(l -> l.cpusetCpus(cpu)).build().run("sh", "-c", script);
            assertEquals(Integer.toString(cpu), result.orThrow().stdout().strip());
        }
        RunResult result =
                Box.PLAIN.builder().limits(l -> l.cpusetCpus(0)).build().run(Bomb.command("spin", "300", "4"));
        assertTrue(Usages.coresByItself(result) < 1.05, result.toString());
    }

    /** Whether the limit holds it up is told by the kernel, however little others leave; how much it gets then, is not. */
    @Test
    void updateTakesEffectOnTheRunningProgram() throws Exception {
        var sandbox = Box.PLAIN.builder().cpuLimit(LITTLE / 5).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("spin", "60000", "1"))) {
            assertTrue(isHeldUpInSome(process, true));
            process.update(Limits.none().cpus(2));
            assertTrue(isHeldUpInSome(process, false));
        }
    }

    /** Looks at half seconds in which it gets some time, until there is one of this kind. */
    private static boolean isHeldUpInSome(SandboxProcess process, boolean wanted) throws Exception {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            ResourceUsage before = process.usage();
            Duration until = before.wallTime().plusMillis(500);
            assertTrue(Await.within(
                    Duration.ofSeconds(20),
                    () -> Usages.live(process).wallTime().compareTo(until) > 0));
            ResourceUsage after = process.usage();
            boolean ran = after.cpuTime().compareTo(before.cpuTime()) > 0;
            boolean held = after.throttledTime().compareTo(before.throttledTime()) > 0;
            if (ran && held == wanted) {
                return true;
            }
        }
        return false;
    }
}
