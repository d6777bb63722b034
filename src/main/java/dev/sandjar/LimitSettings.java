package dev.sandjar;

import dev.sandjar.internal.policy.CgroupPath;
import dev.sandjar.internal.policy.LimitsPolicy;
import dev.sandjar.internal.policy.RunBounds;
import dev.sandjar.internal.util.Nullable;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The part of a builder about how much and how long. Remembers which limits a preset has brought. */
final class LimitSettings {
    private static final Duration TIME_MIN = Duration.ofMillis(1);
    private static final Duration TIME_MAX = Duration.ofDays(36_500);

    private Limits limits = Limits.none();
    private @Nullable Duration timeout;
    private @Nullable Duration cpuTime;
    private @Nullable Long outputBytes;
    private Duration grace = Duration.ZERO;
    private int stopSignal = RunBounds.TERM;
    private boolean accounting;
    private @Nullable CgroupPath cgroup;
    private final Set<Limit> preset = EnumSet.noneOf(Limit.class);

    LimitSettings copy() {
        LimitSettings copy = new LimitSettings();
        copy.limits = limits;
        copy.timeout = timeout;
        copy.cpuTime = cpuTime;
        copy.outputBytes = outputBytes;
        copy.grace = grace;
        copy.stopSignal = stopSignal;
        copy.accounting = accounting;
        copy.cgroup = cgroup;
        copy.preset.addAll(preset);
        return copy;
    }

    /** What is set so far was not chosen by the user. */
    void markAsPreset() {
        preset.addAll(limits.kinds());
        if (timeout != null) {
            preset.add(Limit.TIMEOUT);
        }
        if (cpuTime != null) {
            preset.add(Limit.CPU_TIME);
        }
        if (outputBytes != null) {
            preset.add(Limit.OUTPUT);
        }
    }

    void set(Limits changed) {
        limits = changed.over(limits);
        preset.removeAll(changed.kinds());
    }

    void timeout(Duration duration) {
        timeout = time("timeout", duration);
        preset.remove(Limit.TIMEOUT);
    }

    void cpuTime(Duration duration) {
        cpuTime = time("CPU time limit", duration);
        preset.remove(Limit.CPU_TIME);
    }

    void output(DataSize bytes) {
        outputBytes = bytes.toBytes();
        preset.remove(Limit.OUTPUT);
    }

    void grace(Duration duration) {
        grace = duration.isZero() ? duration : time("grace", duration);
    }

    int stopSignal() {
        return stopSignal;
    }

    void stopSignal(int number) {
        stopSignal = number;
    }

    void accounting() {
        accounting = true;
    }

    void cgroup(String path) {
        cgroup = CgroupPaths.parse(path);
    }

    @Nullable
    CgroupPath cgroup() {
        return cgroup;
    }

    private static Duration time(String what, Duration duration) {
        if (duration.compareTo(TIME_MIN) < 0 || duration.compareTo(TIME_MAX) > 0) {
            throw new IllegalArgumentException(
                    what + " is " + duration + ", allowed is " + TIME_MIN + " to " + TIME_MAX);
        }
        return duration;
    }

    void without(Limit... given) {
        List<Limit> gone = List.of(given);
        limits = limits.without(given);
        preset.removeAll(gone);
        timeout = gone.contains(Limit.TIMEOUT) ? null : timeout;
        cpuTime = gone.contains(Limit.CPU_TIME) ? null : cpuTime;
        outputBytes = gone.contains(Limit.OUTPUT) ? null : outputBytes;
    }

    LimitsPolicy toPolicy(List<String> problems) {
        LimitsPolicy policy = complete().toPolicy();
        Long high = policy.memoryHigh();
        Long max = policy.memory();
        if (high != null && max != null && high > max) {
            problems.add("memoryHigh is " + high + " bytes, above the memory limit of " + max);
        }
        if (policy.cpuBurst() != null && policy.cpus() == null) {
            problems.add("cpuBurst(...) needs cpuLimit(...): without a limit there is nothing beyond it");
        }
        return policy;
    }

    /** Processes that share a limit share its consequence, unless somebody says otherwise. */
    private Limits complete() {
        boolean memory = limits.kinds().contains(Limit.MEMORY);
        return memory ? limits.over(Limits.none().oomGroup(true)) : limits;
    }

    RunBounds bounds() {
        return new RunBounds(timeout, cpuTime, outputBytes, grace, stopSignal);
    }

    boolean isAccounting() {
        return accounting;
    }

    Set<Limit> presets() {
        Set<Limit> all = EnumSet.noneOf(Limit.class);
        all.addAll(preset);
        if (preset.contains(Limit.MEMORY)) {
            addUnlessSet(all, Limit.OOM_GROUP);
            addUnlessSet(all, Limit.SWAP);
        }
        return all;
    }

    /** What a limit of the preset brings is the preset's too. */
    private void addUnlessSet(Set<Limit> all, Limit brought) {
        if (!limits.kinds().contains(brought)) {
            all.add(brought);
        }
    }
}
