package dev.sandjar.internal.cgroup;

import dev.sandjar.internal.cgroup.GroupUsage.Disk;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What groups say of disks. */
final class DiskTexts {
    private DiskTexts() {}

    /** {@code io.stat}: "8:0 rbytes=1 wbytes=2 rios=3 wios=4". */
    static List<Disk> v2(@Nullable String text) {
        List<Disk> disks = new ArrayList<>();
        for (String line : lines(text)) {
            DeviceNumber device = null;
            Map<String, Long> values = new LinkedHashMap<>();
            for (String word : line.split(" ")) {
                int equals = word.indexOf('=');
                Long value = equals < 0 ? null : Numbers.parse(word.substring(equals + 1));
                if (value != null) {
                    values.put(word.substring(0, equals), value);
                } else if (values.isEmpty()) {
                    // Some kernels put devices without numbers before the next one, on its line.
                    device = device(word);
                }
            }
            if (device != null && !values.isEmpty()) {
                disks.add(new Disk(
                        device.major(),
                        device.minor(),
                        values.getOrDefault("rbytes", 0L),
                        values.getOrDefault("wbytes", 0L),
                        values.getOrDefault("rios", 0L),
                        values.getOrDefault("wios", 0L)));
            }
        }
        return disks;
    }

    /** {@code blkio.throttle.io_service_bytes} and {@code io_serviced}: "8:0 Read 1". */
    static List<Disk> v1(@Nullable String bytes, @Nullable String operations) {
        Map<DeviceNumber, long[]> numbers = new LinkedHashMap<>();
        add(numbers, bytes, 0);
        add(numbers, operations, 2);
        List<Disk> disks = new ArrayList<>();
        numbers.forEach((d, n) -> disks.add(new Disk(d.major(), d.minor(), n[0], n[1], n[2], n[3])));
        return disks;
    }

    private static void add(Map<DeviceNumber, long[]> numbers, @Nullable String text, int offset) {
        for (String line : lines(text)) {
            String[] words = line.split(" ");
            DeviceNumber device = words.length == 3 ? device(words[0]) : null;
            Long value = device == null ? null : Numbers.parse(words[2]);
            int index = words.length != 3 ? -1 : words[1].equals("Read") ? 0 : words[1].equals("Write") ? 1 : -1;
            if (device != null && value != null && index >= 0) {
                numbers.computeIfAbsent(device, d -> new long[4])[offset + index] = value;
            }
        }
    }

    private static @Nullable DeviceNumber device(String text) {
        int colon = text.indexOf(':');
        int major = colon < 0 ? -1 : Numbers.small(text.substring(0, colon));
        int minor = colon < 0 ? -1 : Numbers.small(text.substring(colon + 1));
        return major < 0 || minor < 0 ? null : new DeviceNumber(major, minor);
    }

    private static String[] lines(@Nullable String text) {
        return text == null ? new String[0] : text.split("\n");
    }
}
