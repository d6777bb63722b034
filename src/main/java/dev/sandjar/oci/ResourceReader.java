package dev.sandjar.oci;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.linux.IoLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Limits by control groups (config-linux.md, "Control groups"). */
final class ResourceReader {
    private static final long UNLIMITED = -1;
    private static final long DEFAULT_PERIOD = 100_000;
    private static final long PERIOD_MAX = 1_000_000;
    private static final long SHARES_MAX = 262_144;
    private static final long BLKIO_WEIGHT_MIN = 10;
    private static final long BLKIO_WEIGHT_MAX = 1_000;
    private static final long SWAPPINESS_MAX = 200;
    private static final long BURST_MAX = 3_600_000_000L;
    private static final long REALTIME_MAX = Integer.MAX_VALUE;
    private static final int CPU_MAX = 8_191;
    /** More swap than there is, and a sum with memory that still fits. */
    private static final long ANY_SWAP = 1L << 60;

    private static final Pattern PAGES = Pattern.compile("([1-9][0-9]{0,9})([KMG])B");
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,4})(?:-([0-9]{1,4}))?");

    private final Draft draft;
    private final SandboxBuilder builder;
    private final JsonAt resources;

    private ResourceReader(Draft draft, JsonAt resources) {
        this.draft = draft;
        this.builder = draft.builder;
        this.resources = resources;
    }

    static void read(Draft draft, JsonAt resources) throws InvalidBundleException {
        resources.knowing(
                "devices", "memory", "cpu", "blockIO", "hugepageLimits", "network", "pids", "rdma", "unified");
        new ResourceReader(draft, resources).read();
    }

    private void read() throws InvalidBundleException {
        DeviceRules.read(draft, resources);
        Optional<JsonAt> memory = resources.field("memory");
        if (memory.isPresent()) {
            memory(memory.get());
        }
        Optional<JsonAt> cpu = resources.field("cpu");
        if (cpu.isPresent()) {
            cpu(cpu.get());
        }
        Optional<JsonAt> blockIo = resources.field("blockIO");
        if (blockIo.isPresent()) {
            blockIo(blockIo.get());
        }
        for (JsonAt limit : resources.list("hugepageLimits")) {
            pages(limit);
        }
        Optional<JsonAt> pids = resources.field("pids");
        if (pids.isPresent()) {
            Optional<Long> max = pids.get()
                    .knowing("limit")
                    .number("limit", UNLIMITED, Long.MAX_VALUE)
                    // 0 is what writers say for nothing.
                    .filter(value -> value != UNLIMITED && value != 0);
            if (max.isPresent()) {
                pids.get().required("limit").checked(() -> builder.pidsLimit(max.get()));
            }
        }
        OtherResources.read(builder, resources);
        Optional<JsonAt> unified = resources.field("unified");
        if (unified.isPresent()) {
            UnifiedReader.read(builder, unified.get());
        }
    }

    // ---- memory

    /** Refuses members that the specification does not know. */
    static void checkMemory(JsonAt memory) throws InvalidBundleException {
        memory.knowing(
                "limit",
                "reservation",
                "swap",
                "kernel",
                "kernelTCP",
                "swappiness",
                "disableOOMKiller",
                "useHierarchy",
                "checkBeforeUpdate");
    }

    private void memory(JsonAt memory) throws InvalidBundleException {
        checkMemory(memory);
        Optional<Long> limit = bytes(memory, "limit");
        if (limit.isPresent()) {
            memory.required("limit").checked(() -> builder.memoryLimit(DataSize.bytes(limit.get())));
        }
        Optional<Long> reservation = bytes(memory, "reservation");
        reservation.ifPresent(value -> builder.limits(l -> l.memoryLow(DataSize.bytes(value))));
        if (draft.exact) {
            // Engines tell a program that was killed for memory from the rest of its container.
            builder.limits(l -> l.oomGroup(false));
        }
        swap(memory, limit);
        for (String old : List.of("kernel", "kernelTCP")) {
            Optional<Long> max = bytes(memory, old);
            boolean implied = limit.isPresent() && max.isPresent() && max.get() >= limit.get();
            if (implied) {
                draft.note(memory, old + ": kernel memory counts as memory, which has a limit that is not higher");
            } else if (max.isPresent()) {
                throw memory.refused(
                        old,
                        "kernel memory has no limit of its own any more: it counts as memory, so give that a limit"
                                + " which is not higher");
            }
        }
        Optional<Long> swappiness = memory.number("swappiness", 0, SWAPPINESS_MAX);
        if (swappiness.isPresent()) {
            memory.required("swappiness")
                    .checked(() ->
                            builder.limits(l -> l.cgroupFile("memory.swappiness", Long.toString(swappiness.get()))));
        }
        if (memory.bool("disableOOMKiller")) {
            // What would end all together waits for the same event.
            builder.limits(l -> l.oomGroup(false).cgroupFile("memory.oom_control", "1"));
        }
        if (memory.field("useHierarchy").isPresent() && !memory.bool("useHierarchy")) {
            draft.note(memory, "useHierarchy: memory of cgroups below always counts");
        }
    }

    /** That of the specification includes memory, as v1 counts it. */
    private void swap(JsonAt memory, Optional<Long> limit) throws InvalidBundleException {
        Optional<Long> swap = memory.number("swap", UNLIMITED, Long.MAX_VALUE);
        if (swap.isEmpty() || (swap.get() == 0 && limit.isEmpty())) {
            if (limit.isPresent() && !draft.exact) {
                draft.note(memory, "no swap, which is not counted as memory");
            }
            return;
        }
        if (swap.get() == UNLIMITED) {
            if (limit.isPresent()) {
                builder.limits(l -> l.swap(DataSize.bytes(ANY_SWAP)));
            }
            return;
        }
        JsonAt place = memory.required("swap");
        if (limit.isEmpty() || swap.get() < limit.get()) {
            throw place.refused("is memory and swap together, so it needs a memory limit that is not higher");
        }
        place.checked(() -> builder.limits(l -> l.swap(DataSize.bytes(swap.get() - limit.get()))));
    }

    private static Optional<Long> bytes(JsonAt object, String field) throws InvalidBundleException {
        // 0 is what writers say for nothing.
        return object.number(field, UNLIMITED, Long.MAX_VALUE).filter(value -> value != UNLIMITED && value != 0);
    }

    // ---- processors

    private void cpu(JsonAt cpu) throws InvalidBundleException {
        cpu.knowing("shares", "quota", "burst", "period", "realtimeRuntime", "realtimePeriod", "cpus", "mems", "idle");
        file(cpu, "realtimePeriod", "cpu.rt_period_us", REALTIME_MAX);
        file(cpu, "realtimeRuntime", "cpu.rt_runtime_us", REALTIME_MAX);
        file(cpu, "idle", "cpu.idle", 1);
        Optional<Long> shares = cpu.number("shares", 0, Long.MAX_VALUE).filter(value -> value != 0);
        if (shares.isPresent()) {
            int weight = weight(shares.get());
            builder.limits(l -> l.cpuWeight(weight));
        }
        quota(cpu);
        int[] cpus = numbersIn(cpu, "cpus");
        if (cpus.length > 0) {
            builder.limits(l -> l.cpusetCpus(cpus));
        }
        int[] mems = numbersIn(cpu, "mems");
        if (mems.length > 0) {
            builder.limits(l -> l.cpusetMems(mems));
        }
    }

    /** 2 to 262144 shares become 1 to 10000, as runc and crun have it. */
    private static int weight(long shares) {
        return (int) (1 + (Math.min(SHARES_MAX, Math.max(2, shares)) - 2) * 9_999 / 262_142);
    }

    private void quota(JsonAt cpu) throws InvalidBundleException {
        long period =
                cpu.number("period", 0, PERIOD_MAX).filter(value -> value != 0).orElse(DEFAULT_PERIOD);
        Optional<Long> quota =
                cpu.number("quota", Long.MIN_VALUE, Long.MAX_VALUE).filter(value -> value > 0);
        if (quota.isPresent()) {
            cpu.required("quota").checked(() -> builder.cpuLimit((double) quota.get() / period));
            if (period != DEFAULT_PERIOD) {
                draft.note(cpu, "period: the same share of time is given in periods of 100 ms");
            }
        }
        Optional<Long> burst = cpu.number("burst", 0, BURST_MAX).filter(value -> value != 0);
        if (burst.isPresent()) {
            burst(cpu, burst.get(), quota, period);
        }
    }

    /** The kernel takes none above the quota; that of a longer period than Sandjar's may be. */
    private void burst(JsonAt cpu, long burst, Optional<Long> quota, long period) throws InvalidBundleException {
        JsonAt place = cpu.required("burst");
        if (quota.isEmpty() || burst > quota.get()) {
            throw place.refused("is time beyond a quota, so it needs one that is not lower");
        }
        long most = quota.get() * DEFAULT_PERIOD / period;
        if (burst > most) {
            draft.note(cpu, "burst: in periods of 100 ms it is at most the quota, " + most);
        }
        place.checked(() -> builder.limits(l -> l.cpuBurst(Duration.ofNanos(Math.min(burst, most) * 1_000))));
    }

    /** 0 is what writers say for nothing. */
    private void file(JsonAt object, String field, String file, long max) throws InvalidBundleException {
        Optional<Long> value = object.number(field, 0, max).filter(number -> number != 0);
        if (value.isPresent()) {
            object.required(field).checked(() -> builder.limits(l -> l.cgroupFile(file, Long.toString(value.get()))));
        }
    }

    /** Numbers and ranges such as 0-3,7. */
    private static int[] numbersIn(JsonAt object, String field) throws InvalidBundleException {
        Optional<JsonAt> list = object.filled(field);
        return list.isPresent() ? numbers(list.get(), list.get().text()) : new int[0];
    }

    static int[] numbers(JsonAt place, String text) throws InvalidBundleException {
        List<Integer> numbers = new ArrayList<>();
        for (String part : (text + ",").split(",")) {
            Matcher matcher = RANGE.matcher(part.strip());
            int first = matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
            int last = first < 0 || matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
            if (first < 0 || last < first || last > CPU_MAX) {
                throw place.refused("is not a list of numbers from 0 to " + CPU_MAX + " such as 0-3,7");
            }
            for (int i = first; i <= last; i++) {
                numbers.add(i);
            }
        }
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    // ---- disks

    private record Disk(int major, int minor) {
        static Disk of(JsonAt device) throws InvalidBundleException {
            return new Disk((int) device.required("major").number(0, 4_095), (int)
                    device.required("minor").number(0, 1_048_575));
        }

        @Override
        public String toString() {
            return major + ":" + minor;
        }
    }

    @FunctionalInterface
    private interface Rate {
        IoLimit with(IoLimit limit, long rate);
    }

    private void blockIo(JsonAt blockIo) throws InvalidBundleException {
        blockIo.knowing(
                "weight",
                "leafWeight",
                "weightDevice",
                "throttleReadBpsDevice",
                "throttleWriteBpsDevice",
                "throttleReadIOPSDevice",
                "throttleWriteIOPSDevice");
        file(blockIo, "leafWeight", "blkio.leaf_weight", BLKIO_WEIGHT_MAX);
        Optional<Long> weight = blockIo.number("weight", 0, BLKIO_WEIGHT_MAX).filter(value -> value != 0);
        // As v1 counts; on v2 it is converted.
        weight.ifPresent(
                w -> builder.limits(l -> l.cgroupFile("blkio.weight", Long.toString(Math.max(BLKIO_WEIGHT_MIN, w)))));
        Map<Disk, IoLimit> limits = new LinkedHashMap<>();
        weights(blockIo);
        rates(limits, blockIo, "throttleReadBpsDevice", (limit, rate) -> limit.readBytes(DataSize.bytes(rate)));
        rates(limits, blockIo, "throttleWriteBpsDevice", (limit, rate) -> limit.writeBytes(DataSize.bytes(rate)));
        rates(limits, blockIo, "throttleReadIOPSDevice", IoLimit::readOperations);
        rates(limits, blockIo, "throttleWriteIOPSDevice", IoLimit::writeOperations);
        if (!limits.isEmpty()) {
            builder.limits(l -> l.io(limits.values().toArray(new IoLimit[0])));
        }
    }

    private void weights(JsonAt blockIo) throws InvalidBundleException {
        // A disk that is named twice has what is said last.
        Map<Disk, Long> weights = new LinkedHashMap<>();
        List<String> leaves = new ArrayList<>();
        for (JsonAt device : blockIo.list("weightDevice")) {
            device.knowing("major", "minor", "weight", "leafWeight");
            Disk disk = Disk.of(device);
            Optional<Long> weight = device.number("weight", 0, BLKIO_WEIGHT_MAX).filter(value -> value != 0);
            weight.ifPresent(w -> weights.put(disk, Math.max(BLKIO_WEIGHT_MIN, w)));
            device.number("leafWeight", 0, BLKIO_WEIGHT_MAX)
                    .filter(value -> value != 0)
                    .ifPresent(w -> leaves.add(disk + " " + w));
        }
        if (!weights.isEmpty()) {
            // As v1 counts, like the weight for all.
            String lines = weights.entrySet().stream()
                    .map(weight -> weight.getKey() + " " + weight.getValue())
                    .collect(Collectors.joining("\n"));
            blockIo.required("weightDevice")
                    .checked(() -> builder.limits(l -> l.cgroupFile("blkio.weight_device", lines)));
        }
        if (!leaves.isEmpty()) {
            builder.limits(l -> l.cgroupFile("blkio.leaf_weight_device", String.join("\n", leaves)));
        }
    }

    private static void rates(Map<Disk, IoLimit> limits, JsonAt blockIo, String field, Rate rate)
            throws InvalidBundleException {
        for (JsonAt device : blockIo.list(field)) {
            device.knowing("major", "minor", "rate");
            Disk disk = Disk.of(device);
            long perSecond = device.required("rate").number(0, Long.MAX_VALUE);
            if (perSecond == 0) {
                continue; // no limit
            }
            IoLimit before = limits.getOrDefault(disk, IoLimit.ofDevice(disk.major(), disk.minor()));
            limits.put(disk, device.required("rate").checked(() -> rate.with(before, perSecond)));
        }
    }

    // ---- huge pages

    private void pages(JsonAt limit) throws InvalidBundleException {
        limit.knowing("pageSize", "limit");
        JsonAt size = limit.required("pageSize");
        DataSize page = pageSize(size, size.text());
        long max = limit.required("limit").number(0, Long.MAX_VALUE);
        limit.checked(() -> builder.limits(l -> l.hugetlb(page, DataSize.bytes(max))));
    }

    static DataSize pageSize(JsonAt place, String text) throws InvalidBundleException {
        Matcher matcher = PAGES.matcher(text);
        if (!matcher.matches()) {
            throw place.refused("is not a size such as 2MB");
        }
        int shift =
                switch (matcher.group(2)) {
                    case "K" -> 10;
                    case "M" -> 20;
                    default -> 30;
                };
        return DataSize.bytes(Long.parseLong(matcher.group(1)) << shift);
    }
}
