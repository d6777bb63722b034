package dev.sandjar.oci;

import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.linux.IoLimit;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files of cgroup v2 (config-linux.md, "Unified"): limits of Sandjar's where there are such, else the files as they are. */
final class UnifiedReader {
    private static final Pattern CPU_MAX = Pattern.compile("(max|[0-9]{1,15})(?: ([0-9]{1,7}))?");
    private static final Pattern HUGETLB_MAX = Pattern.compile("hugetlb\\.([0-9]+[KMG]B)\\.max");
    private static final Pattern DEVICE = Pattern.compile("([0-9]{1,4}):([0-9]{1,7})");
    private static final long PERIOD = 100_000;

    private UnifiedReader() {}

    static void read(SandboxBuilder builder, JsonAt unified) throws InvalidBundleException {
        for (String file : unified.names()) {
            JsonAt value = unified.required(file);
            String text = value.text().strip();
            if (text.equals("max") || text.isEmpty()) {
                continue; // no limit
            }
            value.checked(() -> one(builder, file, value, text));
        }
    }

    private static SandboxBuilder one(SandboxBuilder builder, String file, JsonAt value, String text)
            throws InvalidBundleException {
        return switch (file) {
            case "memory.max" -> builder.memoryLimit(bytes(value, text));
            case "memory.high" -> builder.limits(Limits.none().memoryHigh(bytes(value, text)));
            case "memory.low" -> builder.limits(Limits.none().memoryLow(bytes(value, text)));
            case "memory.swap.max" -> builder.limits(Limits.none().swap(bytes(value, text)));
            case "memory.oom.group" -> builder.limits(Limits.none().oomGroup(number(value, text) != 0));
            case "pids.max" -> builder.pidsLimit(number(value, text));
            case "cpu.weight" -> builder.limits(Limits.none().cpuWeight(small(value, text)));
            case "cpu.max" -> cpuMax(builder, value, text);
            case "cpuset.cpus" -> builder.limits(Limits.none().cpusetCpus(ResourceReader.numbers(value, text)));
            case "cpuset.mems" -> builder.limits(Limits.none().cpusetMems(ResourceReader.numbers(value, text)));
            case "io.weight" ->
                builder.limits(Limits.none()
                        .ioWeight(small(
                                value, text.startsWith("default ") ? text.substring("default ".length()) : text)));
            case "cgroup.max.depth" -> builder.limits(Limits.none().cgroupDepth(small(value, text)));
            case "cgroup.max.descendants" -> builder.limits(Limits.none().cgroupDescendants(small(value, text)));
            case "cpu.max.burst" ->
                builder.limits(Limits.none().cpuBurst(Duration.of(number(value, text), ChronoUnit.MICROS)));
            case "io.max" -> builder.limits(Limits.none().io(ioMax(value, text)));
            default -> other(builder, file, value, text);
        };
    }

    private static SandboxBuilder other(SandboxBuilder builder, String file, JsonAt value, String text)
            throws InvalidBundleException {
        Matcher pages = HUGETLB_MAX.matcher(file);
        return pages.matches()
                ? builder.limits(
                        Limits.none().hugetlb(ResourceReader.pageSize(value, pages.group(1)), bytes(value, text)))
                : builder.limits(Limits.none().cgroupFile(file, text));
    }

    private static IoLimit[] ioMax(JsonAt value, String text) throws InvalidBundleException {
        List<IoLimit> limits = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] words = line.strip().split(" +");
            Matcher device = DEVICE.matcher(words[0]);
            if (!device.matches() || words.length < 2) {
                throw value.refused("is not \"major:minor key=value ...\"");
            }
            IoLimit limit = IoLimit.ofDevice(Integer.parseInt(device.group(1)), Integer.parseInt(device.group(2)));
            for (int i = 1; i < words.length; i++) {
                limit = ioMax(value, limit, words[i]);
            }
            if (!limit.equals(IoLimit.ofDevice(Integer.parseInt(device.group(1)), Integer.parseInt(device.group(2))))) {
                limits.add(limit);
            }
        }
        return limits.toArray(new IoLimit[0]);
    }

    private static IoLimit ioMax(JsonAt value, IoLimit limit, String word) throws InvalidBundleException {
        int equals = word.indexOf('=');
        String key = word.substring(0, Math.max(0, equals));
        String rate = word.substring(equals + 1);
        boolean unlimited = rate.equals("max");
        return switch (key) {
            case "rbps" -> unlimited ? limit : limit.readBytes(bytes(value, rate));
            case "wbps" -> unlimited ? limit : limit.writeBytes(bytes(value, rate));
            case "riops" -> unlimited ? limit : limit.readOperations(number(value, rate));
            case "wiops" -> unlimited ? limit : limit.writeOperations(number(value, rate));
            default -> throw value.refused("has a key that is none of rbps, wbps, riops, wiops");
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
            throw value.refused("is not a number");
        }
        return Long.parseLong(text);
    }
}
