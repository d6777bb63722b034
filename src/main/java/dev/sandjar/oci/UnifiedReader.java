package dev.sandjar.oci;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxBuilder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files of cgroup v2 (config-linux.md, "Unified"), of which those are known that have a limit of Sandjar's. */
final class UnifiedReader {
    private static final Pattern CPU_MAX = Pattern.compile("(max|[0-9]{1,15})(?: ([0-9]{1,7}))?");
    private static final long PERIOD = 100_000;

    private UnifiedReader() {}

    static void read(SandboxBuilder builder, JsonAt unified) throws InvalidBundleException {
        for (String file : unified.names()) {
            JsonAt value = unified.required(file);
            String text = value.text().strip();
            if (text.equals("max")) {
                continue; // no limit
            }
            value.checked(() -> one(builder, file, value, text));
        }
    }

    private static SandboxBuilder one(SandboxBuilder builder, String file, JsonAt value, String text)
            throws InvalidBundleException {
        return switch (file) {
            case "memory.max" -> builder.memoryLimit(bytes(value, text));
            case "memory.high" -> builder.memoryHigh(bytes(value, text));
            case "memory.low" -> builder.memoryLow(bytes(value, text));
            case "memory.swap.max" -> builder.swapLimit(bytes(value, text));
            case "memory.oom.group" -> builder.memoryOomGroup(number(value, text) != 0);
            case "pids.max" -> builder.pidsLimit(number(value, text));
            case "cpu.weight" -> builder.cpuWeight(small(value, text));
            case "cpu.max" -> cpuMax(builder, value, text);
            case "cpuset.cpus" -> builder.cpusetCpus(ResourceReader.numbers(value, text));
            case "cpuset.mems" -> builder.cpusetMems(ResourceReader.numbers(value, text));
            case "io.weight" ->
                builder.ioWeight(
                        small(value, text.startsWith("default ") ? text.substring("default ".length()) : text));
            case "cgroup.max.depth" -> builder.cgroupDepthLimit(small(value, text));
            case "cgroup.max.descendants" -> builder.cgroupDescendantsLimit(small(value, text));
            default -> throw value.refused("this file of the cgroup can't be written");
        };
    }

    private static SandboxBuilder cpuMax(SandboxBuilder builder, JsonAt value, String text)
            throws InvalidBundleException {
        Matcher matcher = CPU_MAX.matcher(text);
        if (!matcher.matches()) {
            throw value.refused("is not \"quota period\"");
        }
        if (matcher.group(1).equals("max")) {
            return builder;
        }
        long period = matcher.group(2) == null ? PERIOD : Long.parseLong(matcher.group(2));
        if (period == 0) {
            throw value.refused("has a period of 0");
        }
        return builder.cpuLimit(Long.parseLong(matcher.group(1)) / (double) period);
    }

    private static DataSize bytes(JsonAt value, String text) throws InvalidBundleException {
        return DataSize.bytes(number(value, text));
    }

    private static int small(JsonAt value, String text) throws InvalidBundleException {
        long number = number(value, text);
        return (int) Math.min(Integer.MAX_VALUE, number);
    }

    private static long number(JsonAt value, String text) throws InvalidBundleException {
        if (!text.matches("[0-9]{1,18}")) {
            throw value.refused("is no number");
        }
        return Long.parseLong(text);
    }
}
