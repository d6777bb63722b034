package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static dev.sandjar.testing.Refusals.refusesState;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.policy.CgroupPath;
import dev.sandjar.internal.policy.LimitsPolicy;
import dev.sandjar.internal.policy.RunBounds;
import dev.sandjar.internal.policy.SandboxPolicy;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a builder makes of limits. */
class LimitSettingsTest {
    private static final DataSize MIB = DataSize.mebibytes(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Set<Limit> UNTRUSTED = EnumSet.of(
            Limit.MEMORY,
            Limit.SWAP,
            Limit.OOM_GROUP,
            Limit.CPU,
            Limit.PIDS,
            Limit.TIMEOUT,
            Limit.CPU_TIME,
            Limit.OUTPUT);

    private static SandboxPolicy policy(SandboxBuilder builder) {
        return builder.build().policy();
    }

    private static Set<Limit> without(Limit... gone) {
        Set<Limit> rest = EnumSet.copyOf(UNTRUSTED);
        rest.removeAll(List.of(gone));
        return rest;
    }

    @Test
    void aPlainBuilderLimitsNothing() {
        SandboxPolicy policy = policy(Sandbox.builder());
        assertTrue(policy.limits().isEmpty() && policy.presetLimits().isEmpty());
        assertEquals(RunBounds.none(), policy.bounds());
        assertFalse(policy.accounting());
        assertTrue(policy(Sandbox.builder().accounting()).accounting());
    }

    @Test
    void aCgroupHasAPath() {
        assertNull(policy(Sandbox.untrusted()).cgroup());
        CgroupPath path = policy(Sandbox.builder().cgroupsPath("/a/b c/..d")).cgroup();
        assertEquals(new CgroupPath(true, List.of("a", "b c", "..d")), path);
        assertEquals("/a/b c/..d", String.valueOf(path));
        assertEquals(
                new CgroupPath(false, List.of("a")),
                policy(Sandbox.builder().cgroupsPath("a").build().toBuilder()).cgroup());
        String deep = "/d".repeat(31);
        assertEquals(
                deep, String.valueOf(policy(Sandbox.builder().cgroupsPath(deep)).cgroup()));
        for (String bad : List.of(
                "",
                "/",
                "//",
                "/a/",
                "a/",
                "/a//b",
                ".",
                "..",
                "/a/../b",
                "../b",
                "./b",
                "/a/.",
                "a\nb",
                "a\0b",
                deep + "/d",
                "/" + "x".repeat(256),
                ("/" + "x".repeat(250)).repeat(4))) {
            refuses(() -> Sandbox.builder().cgroupsPath(bad));
        }
    }

    @Test
    void untrustedIsBounded() {
        SandboxPolicy policy = policy(Sandbox.untrusted());
        assertEquals(512L << 20, policy.limits().memory());
        assertEquals(true, policy.limits().oomGroup());
        assertEquals(1.0, policy.limits().cpus());
        assertEquals(256, policy.limits().pids());
        assertEquals(new RunBounds(MINUTE, MINUTE, 64L << 20, Duration.ZERO, 15), policy.bounds());
        assertEquals(UNTRUSTED, policy.presetLimits());
    }

    @Test
    void whatTheUserSetsIsNoLongerThePresets() {
        assertEquals(
                without(Limit.MEMORY, Limit.SWAP, Limit.OOM_GROUP),
                policy(Sandbox.untrusted().memoryLimit(DataSize.mebibytes(512))).presetLimits());
        assertEquals(
                without(Limit.OOM_GROUP),
                policy(Sandbox.untrusted().memoryOomGroup(true)).presetLimits());
        assertEquals(
                without(Limit.SWAP), policy(Sandbox.untrusted().swapLimit(MIB)).presetLimits());
        assertEquals(
                without(Limit.TIMEOUT),
                policy(Sandbox.untrusted().timeout(MINUTE)).presetLimits());
        assertEquals(
                without(Limit.CPU_TIME),
                policy(Sandbox.untrusted().cpuTimeLimit(MINUTE)).presetLimits());
        assertEquals(
                without(Limit.OUTPUT),
                policy(Sandbox.untrusted().outputLimit(MIB)).presetLimits());
        SandboxPolicy several =
                policy(Sandbox.untrusted().limits(Limits.none().pids(9).cpuWeight(50)));
        assertEquals(without(Limit.PIDS), several.presetLimits());
        assertEquals(9, several.limits().pids());
        assertEquals(50, several.limits().cpuWeight());
        assertEquals(512L << 20, several.limits().memory());
    }

    @Test
    void aCopyRemembersThePreset() {
        Sandbox sandbox = Sandbox.untrusted().pidsLimit(9).build();
        SandboxBuilder copy = sandbox.toBuilder();
        assertEquals(sandbox.policy(), policy(copy));
        copy.cpuLimit(2);
        assertEquals(without(Limit.PIDS), sandbox.policy().presetLimits());
        assertEquals(without(Limit.PIDS, Limit.CPU), policy(copy).presetLimits());
    }

    @Test
    void limitsAreTakenBack() {
        SandboxPolicy policy = policy(Sandbox.untrusted().without(Limit.values()));
        assertTrue(policy.limits().isEmpty() && policy.presetLimits().isEmpty());
        assertEquals(RunBounds.none(), policy.bounds());
        assertEquals(
                without(Limit.MEMORY, Limit.SWAP, Limit.OOM_GROUP),
                policy(Sandbox.untrusted().without(Limit.MEMORY)).presetLimits());
        assertEquals(
                without(Limit.OUTPUT),
                policy(Sandbox.untrusted().without(Limit.OUTPUT)).presetLimits());
    }

    @Test
    void processesThatShareMemoryEndTogetherUnlessToldOtherwise() {
        assertEquals(true, limits(Sandbox.builder().memoryLimit(MIB)).oomGroup());
        assertEquals(
                false,
                limits(Sandbox.builder().memoryOomGroup(false).memoryLimit(MIB)).oomGroup());
        assertNull(limits(Sandbox.builder().pidsLimit(3)).oomGroup());
    }

    private static LimitsPolicy limits(SandboxBuilder builder) {
        return policy(builder).limits();
    }

    @Test
    void throttlingAboveTheLimitIsRefused() {
        SandboxBuilder builder = Sandbox.builder().memoryLimit(MIB).memoryHigh(DataSize.mebibytes(2));
        refusesState(builder::build, "memoryHigh is 2097152", "1048576");
        assertEquals(1L << 20, limits(builder.memoryHigh(MIB)).memoryHigh());
    }

    @Test
    void timesHaveRanges() {
        SandboxBuilder builder = Sandbox.builder();
        for (Duration wrong : List.of(
                Duration.ZERO,
                Duration.ofMillis(-1),
                Duration.ofNanos(999_999),
                Duration.ofDays(36_500).plusNanos(1))) {
            refuses(() -> builder.timeout(wrong), "timeout is " + wrong, "PT0.001S");
            refuses(() -> builder.cpuTimeLimit(wrong), "CPU time limit is " + wrong);
        }
        refuses(() -> builder.terminationGrace(Duration.ofMillis(-1)), "grace is PT-0.001S");
        builder.timeout(Duration.ofMillis(1))
                .cpuTimeLimit(Duration.ofDays(36_500))
                .outputLimit(DataSize.bytes(0))
                .terminationGrace(MINUTE);
        assertEquals(
                new RunBounds(Duration.ofMillis(1), Duration.ofDays(36_500), 0L, MINUTE, 15),
                policy(builder).bounds());
        assertEquals(
                Duration.ZERO,
                policy(builder.terminationGrace(Duration.ZERO)).bounds().grace());
    }
}
