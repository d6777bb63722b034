package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.runtime.ContainerAnswer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Limits that change while a container runs: resources as config.json has them, of which only what is named changes. 0 and nothing mean
 * the same, as writers have it; -1 takes a limit away. Each becomes a file and a value of both versions of cgroups.
 */
final class ResourceUpdate {
    private static final long UNLIMITED = -1;
    private static final long DEFAULT_PERIOD = 100_000;
    private static final long SHARES_MAX = 262_144;
    private static final String NONE = "";

    private final JsonAt given;
    private final JsonAt all;
    private final List<ContainerAnswer.Change> changes = new ArrayList<>();

    private ResourceUpdate(JsonAt given, JsonAt all) {
        this.given = given;
        this.all = all;
    }

    /**
     * The answer for the runtime command.
     *
     * @param config the container's configuration
     * @param resources what changes
     */
    static byte[] of(byte[] config, byte[] resources) throws InvalidBundleException {
        ObjectNode whole = FurtherProcess.read(config);
        ObjectNode changed = FurtherProcess.read(resources);
        ObjectNode merged = whole.withObject("/linux").withObject("/resources");
        lay(changed, merged);
        ResourceUpdate update = new ResourceUpdate(JsonAt.root(changed), JsonAt.root(merged));
        update.read();
        return ContainerAnswer.changes(whole.toString().getBytes(StandardCharsets.UTF_8), update.changes);
    }

    /** Lists are replaced; nothing and 0 change nothing. */
    private static void lay(ObjectNode over, ObjectNode under) {
        for (Map.Entry<String, JsonNode> field : over.properties()) {
            JsonNode value = field.getValue();
            boolean nothing = value.isNull()
                    || (value.isIntegralNumber() && value.bigIntegerValue().equals(BigInteger.ZERO))
                    || (value.isTextual() && value.textValue().isEmpty())
                    || (value.isContainerNode() && value.isEmpty());
            if (nothing) {
                continue;
            }
            if (value instanceof ObjectNode object) {
                ObjectNode below = under.get(field.getKey()) instanceof ObjectNode there
                        ? there
                        : JsonNodeFactory.instance.objectNode();
                lay(object, below);
                if (!below.isEmpty()) {
                    under.set(field.getKey(), below);
                }
            } else {
                under.set(field.getKey(), value);
            }
        }
    }

    private void read() throws InvalidBundleException {
        given.knowing("devices", "memory", "cpu", "blockIO", "hugepageLimits", "network", "pids", "rdma", "unified");
        for (String fixed : List.of("network", "rdma")) {
            given.without(fixed, "can't be changed while the container runs");
        }
        Optional<JsonAt> memory = given.field("memory");
        if (memory.isPresent()) {
            memory(memory.get(), all.field("memory").orElse(memory.get()));
        }
        Optional<JsonAt> cpu = given.field("cpu");
        if (cpu.isPresent()) {
            cpu(cpu.get(), all.field("cpu").orElse(cpu.get()));
        }
        Optional<JsonAt> pids = given.field("pids");
        if (pids.isPresent()) {
            amount(pids.get().knowing("limit"), "limit")
                    .ifPresent(value -> change("pids.max", limit(value, "max"), "pids.max", limit(value, "max")));
        }
        Optional<JsonAt> blockIo = given.field("blockIO");
        if (blockIo.isPresent()) {
            blockIo(blockIo.get());
        }
        for (JsonAt pages : given.list("hugepageLimits")) {
            String size = pages.required("pageSize").text();
            String value = pages.required("limit").integer().toString();
            pages.checked(() -> name(size));
            change("hugetlb." + size + ".limit_in_bytes", value, "hugetlb." + size + ".max", value);
        }
        for (Map.Entry<String, String> file : given.map("unified").entrySet()) {
            given.required("unified").checked(() -> name(file.getKey()));
            change(NONE, NONE, file.getKey(), file.getValue());
        }
    }

    private static String name(String text) {
        if (text.isEmpty() || text.startsWith(".") || text.contains("/")) {
            throw new IllegalArgumentException("\"" + text + "\" is no name of a cgroup file");
        }
        return text;
    }

    private void memory(JsonAt memory, JsonAt merged) throws InvalidBundleException {
        ResourceReader.checkMemory(memory);
        Optional<Long> limit = amount(memory, "limit");
        limit.ifPresent(
                value -> change("memory.limit_in_bytes", limit(value, "-1"), "memory.max", limit(value, "max")));
        Optional<Long> swap = amount(memory, "swap");
        if (swap.isPresent()) {
            swap(memory, swap.get(), amount(merged, "limit"));
        } else if (limit.equals(Optional.of(UNLIMITED))) {
            change("memory.memsw.limit_in_bytes", "-1", "memory.swap.max", "max");
        }
        amount(memory, "reservation")
                .ifPresent(value ->
                        change("memory.soft_limit_in_bytes", limit(value, "-1"), "memory.low", limit(value, "max")));
        Optional<Long> swappiness = memory.number("swappiness", 0, 200);
        swappiness.ifPresent(value -> change("memory.swappiness", Long.toString(value), NONE, NONE));
    }

    /** That of the specification is memory and swap together, as v1 has it; v2 counts swap alone. */
    private void swap(JsonAt memory, long swap, Optional<Long> limit) throws InvalidBundleException {
        boolean unlimited = swap == UNLIMITED;
        if (!unlimited && (limit.isEmpty() || limit.get() == UNLIMITED || swap < limit.get())) {
            throw memory.refused("swap", "is memory and swap together, so it needs a memory limit that is not higher");
        }
        String v2 = unlimited ? "max" : Long.toString(swap - limit.get());
        change("memory.memsw.limit_in_bytes", limit(swap, "-1"), "memory.swap.max", v2);
    }

    private void cpu(JsonAt cpu, JsonAt merged) throws InvalidBundleException {
        cpu.knowing("shares", "quota", "burst", "period", "realtimeRuntime", "realtimePeriod", "cpus", "mems", "idle");
        Optional<Long> shares = amount(cpu, "shares");
        shares.ifPresent(
                value -> change("cpu.shares", Long.toString(value), "cpu.weight", Long.toString(weight(value))));
        Optional<Long> quota = amount(cpu, "quota");
        Optional<Long> period = amount(cpu, "period");
        if (quota.isPresent() || period.isPresent()) {
            long whole = amount(merged, "period").orElse(DEFAULT_PERIOD);
            long part = amount(merged, "quota").orElse(UNLIMITED);
            change("cpu.cfs_period_us", Long.toString(whole), NONE, NONE);
            change(
                    "cpu.cfs_quota_us",
                    part < 0 ? "-1" : Long.toString(part),
                    "cpu.max",
                    (part < 0 ? "max" : Long.toString(part)) + " " + whole);
        }
        same(cpu, "burst", "cpu.cfs_burst_us", "cpu.max.burst");
        same(cpu, "realtimePeriod", "cpu.rt_period_us", NONE);
        same(cpu, "realtimeRuntime", "cpu.rt_runtime_us", NONE);
        same(cpu, "idle", "cpu.idle", "cpu.idle");
        for (String field : List.of("cpus", "mems")) {
            Optional<JsonAt> list = cpu.filled(field);
            if (list.isPresent()) {
                String text = list.get().text();
                ResourceReader.numbers(list.get(), text);
                change("cpuset." + field, text, NONE, NONE);
            }
        }
    }

    private void same(JsonAt object, String field, String v1, String v2) throws InvalidBundleException {
        amount(object, field).ifPresent(value -> change(v1, Long.toString(value), v2, Long.toString(value)));
    }

    /** 2 to 262144 shares become 1 to 10000, as runc and crun have it. */
    private static long weight(long shares) {
        return 1 + (Math.min(SHARES_MAX, Math.max(2, shares)) - 2) * 9_999 / 262_142;
    }

    private void blockIo(JsonAt blockIo) throws InvalidBundleException {
        for (String fixed : List.of(
                "weightDevice",
                "throttleReadBpsDevice",
                "throttleWriteBpsDevice",
                "throttleReadIOPSDevice",
                "throttleWriteIOPSDevice")) {
            blockIo.without(fixed, "can't be changed while the container runs");
        }
        Optional<Long> weight = amount(blockIo, "weight");
        if (weight.isPresent()) {
            long value = blockIo.required("weight").number(10, 1_000);
            change("blkio.bfq.weight", Long.toString(value), "io.bfq.weight", Long.toString(value));
        }
    }

    /** 0 is what writers say for nothing. */
    private static Optional<Long> amount(JsonAt object, String field) throws InvalidBundleException {
        return object.number(field, UNLIMITED, Long.MAX_VALUE).filter(value -> value != 0);
    }

    private static String limit(long value, String none) {
        return value == UNLIMITED ? none : Long.toString(value);
    }

    private void change(String v1, String value1, String v2, String value2) {
        changes.add(new ContainerAnswer.Change(v1, value1, v2, value2));
    }
}
