package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static dev.sandjar.testing.Refusals.refusesState;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.TimeWords;
import dev.sandjar.linux.CgroupPath;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a builder makes of limits. */
class LimitSettingsTest {
    private static final DataSize MIB = DataSize.mebibytes(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Set<Limit> UNTRUSTED = EnumSet.of(
            Limit.MEMORY, Limit.OOM_GROUP, Limit.CPU, Limit.PIDS, Limit.TIMEOUT, Limit.CPU_TIME, Limit.OUTPUT);

    private static Sandbox policy(SandboxBuilder builder) {
        return builder.build();
    }

    private static Set<Limit> presets(SandboxBuilder builder) {
        return presets(policy(builder));
    }

    private static Set<Limit> presets(Sandbox policy) {
        Set<Limit> all = EnumSet.noneOf(Limit.class);
        all.addAll(policy.limits().presets());
        all.addAll(policy.bounds().presets());
        return all;
    }

    private static Set<Limit> without(Limit... gone) {
        Set<Limit> rest = EnumSet.copyOf(UNTRUSTED);
        rest.removeAll(List.of(gone));
        return rest;
    }

    @Test
    void aPlainBuilderLimitsNothing() {
        Sandbox policy = policy(Sandbox.builder());
        assertTrue(policy.limits().isEmpty() && presets(policy).isEmpty());
        assertEquals(RunBounds.none(), policy.bounds());
        assertFalse(policy.accounting());
        assertTrue(policy(Sandbox.builder().accounting()).accounting());
    }

    @Test
    void aCgroupHasAPath() {
        assertEquals(Optional.empty(), policy(Sandbox.untrusted()).cgroupPath());
        CgroupPath path = policy(Sandbox.builder().cgroupPath(CgroupPath.of("/a/b c/..d")))
                .cgroupPath()
                .orElseThrow();
        assertEquals(new CgroupPath(true, List.of("a", "b c", "..d")), path);
        assertEquals("/a/b c/..d", String.valueOf(path));
        assertEquals(
                Optional.of(new CgroupPath(false, List.of("a"))),
                policy(Sandbox.builder().cgroupPath(CgroupPath.of("a")).build().toBuilder())
                        .cgroupPath());
        String deep = "/d".repeat(31);
        assertEquals(
                deep,
                policy(Sandbox.builder().cgroupPath(CgroupPath.of(deep)))
                        .cgroupPath()
                        .orElseThrow()
                        .toString());
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
            refuses(() -> Sandbox.builder().cgroupPath(CgroupPath.of(bad)));
        }
    }

    @Test
    void aSandboxTellsWhatItAsksFor() {
        Sandbox sandbox = Sandbox.builder()
                .limits(l -> l.pids(7).cpuWeight(50))
                .limits(l -> l.pids(8))
                .bounds(b -> b.cpuTime(MINUTE).grace(MINUTE))
                .process(p -> p.umask(022).rlimit(Rlimit.NOFILE, 9))
                .cgroupPath(CgroupPath.of("a/b"))
                .accounting()
                .build();
        assertEquals(Limits.none().pids(8).cpuWeight(50), sandbox.limits());
        assertEquals(RunBounds.none().cpuTime(MINUTE).grace(MINUTE), sandbox.bounds());
        assertEquals(ProcessAttributes.none().umask(022).rlimit(Rlimit.NOFILE, 9), sandbox.process());
        assertEquals(Optional.of(CgroupPath.of("a/b")), sandbox.cgroupPath());
        assertTrue(sandbox.accounting());
        assertEquals("CPU weight 50, process limit 8", sandbox.limits().toString());
        Sandbox untrusted = Sandbox.untrusted().limits(l -> l.pids(8)).build();
        assertEquals(without(Limit.PIDS), presets(untrusted));
    }

    @Test
    void untrustedIsBounded() {
        Sandbox policy = policy(Sandbox.untrusted());
        assertEquals(Optional.of(DataSize.mebibytes(512)), policy.limits().memory());
        assertEquals(Optional.of(true), policy.limits().oomGroup());
        assertEquals(OptionalDouble.of(1.0), policy.limits().cpus());
        assertEquals(OptionalLong.of(256), policy.limits().pids());
        RunBounds bounds = RunBounds.none().timeout(MINUTE).cpuTime(MINUTE).output(DataSize.mebibytes(64));
        assertEquals(bounds.asPreset(), policy.bounds());
        assertEquals(Duration.ZERO, policy.bounds().grace());
        assertEquals(OptionalInt.empty(), policy.bounds().stopSignal());
        assertEquals(UNTRUSTED, presets(policy));
    }

    @Test
    void whatTheUserSetsIsNoLongerThePresets() {
        assertEquals(
                without(Limit.MEMORY, Limit.OOM_GROUP),
                presets(Sandbox.untrusted().memoryLimit(DataSize.mebibytes(512))));
        assertEquals(without(Limit.OOM_GROUP), presets(Sandbox.untrusted().limits(l -> l.oomGroup(true))));
        assertEquals(UNTRUSTED, presets(Sandbox.untrusted().limits(l -> l.swap(MIB))));
        assertEquals(without(Limit.TIMEOUT), presets(Sandbox.untrusted().timeout(MINUTE)));
        assertEquals(without(Limit.CPU_TIME), presets(Sandbox.untrusted().bounds(b -> b.cpuTime(MINUTE))));
        assertEquals(without(Limit.OUTPUT), presets(Sandbox.untrusted().outputLimit(MIB)));
        Sandbox several =
                policy(Sandbox.untrusted().limits(Limits.none().pids(9).cpuWeight(50)));
        assertEquals(without(Limit.PIDS), presets(several));
        assertEquals(OptionalLong.of(9), several.limits().pids());
        assertEquals(OptionalInt.of(50), several.limits().cpuWeight());
        assertEquals(Optional.of(DataSize.mebibytes(512)), several.limits().memory());
    }

    @Test
    void aCopyRemembersThePreset() {
        Sandbox sandbox = Sandbox.untrusted().pidsLimit(9).build();
        SandboxBuilder copy = sandbox.toBuilder();
        assertEquals(sandbox, policy(copy));
        copy.cpuLimit(2);
        assertEquals(without(Limit.PIDS), presets(sandbox));
        assertEquals(without(Limit.PIDS, Limit.CPU), presets(copy));
    }

    @Test
    void limitsAreTakenBack() {
        Sandbox policy = policy(Sandbox.untrusted().without(Limit.values()));
        assertTrue(policy.limits().isEmpty() && presets(policy).isEmpty());
        assertEquals(RunBounds.none(), policy.bounds());
        assertEquals(
                without(Limit.MEMORY, Limit.OOM_GROUP),
                presets(Sandbox.untrusted().without(Limit.MEMORY)));
        assertEquals(without(Limit.OUTPUT), presets(Sandbox.untrusted().without(Limit.OUTPUT)));
    }

    @Test
    void processesThatShareMemoryEndTogetherUnlessToldOtherwise() {
        assertEquals(
                Optional.of(true), limits(Sandbox.builder().memoryLimit(MIB)).oomGroup());
        assertEquals(
                Optional.of(false),
                limits(Sandbox.builder().limits(l -> l.oomGroup(false)).memoryLimit(MIB))
                        .oomGroup());
        assertEquals(Optional.empty(), limits(Sandbox.builder().pidsLimit(3)).oomGroup());
    }

    private static Limits limits(SandboxBuilder builder) {
        return policy(builder).limits();
    }

    @Test
    void throttlingAboveTheLimitIsRefused() {
        SandboxBuilder builder = Sandbox.builder().memoryLimit(MIB).limits(l -> l.memoryHigh(DataSize.mebibytes(2)));
        refusesState(builder::build, "memoryHigh is 2 MiB", "1 MiB");
        assertEquals(
                Optional.of(MIB), limits(builder.limits(l -> l.memoryHigh(MIB))).memoryHigh());
    }

    @Test
    void timesHaveRanges() {
        SandboxBuilder builder = Sandbox.builder();
        for (Duration wrong : List.of(
                Duration.ZERO,
                Duration.ofMillis(-1),
                Duration.ofNanos(999_999),
                Duration.ofDays(36_500).plusNanos(1))) {
            refuses(() -> builder.timeout(wrong), "timeout is " + TimeWords.of(wrong), "1 ms to 36500 days");
            refuses(() -> builder.bounds(b -> b.cpuTime(wrong)), "CPU time limit is " + TimeWords.of(wrong));
        }
        refuses(() -> builder.bounds(b -> b.grace(Duration.ofMillis(-1))), "grace is -1 ms");
        builder.timeout(Duration.ofMillis(1))
                .bounds(b -> b.cpuTime(Duration.ofDays(36_500)))
                .outputLimit(DataSize.bytes(0))
                .bounds(b -> b.grace(MINUTE));
        assertEquals(
                RunBounds.none()
                        .timeout(Duration.ofMillis(1))
                        .cpuTime(Duration.ofDays(36_500))
                        .output(DataSize.bytes(0))
                        .grace(MINUTE),
                policy(builder).bounds());
        assertEquals(
                Duration.ZERO,
                policy(builder.bounds(b -> b.grace(Duration.ZERO))).bounds().grace());
    }
}
