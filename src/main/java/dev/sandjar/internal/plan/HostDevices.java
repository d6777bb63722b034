package dev.sandjar.internal.plan;

import dev.sandjar.internal.cgroup.DeviceNumber;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The disk behind a file: the block device that it is, or that its file system lies on; of a partition, the whole disk. */
public final class HostDevices {
    private static final int TYPE_MASK = 0170000;
    private static final int BLOCK = 0060000;
    private static final Path BLOCK_DEVICES = Path.of("/sys/dev/block");

    private static final Pattern LINK = Pattern.compile("/dev/block/([0-9]{1,4}):([0-9]{1,7})");

    private HostDevices() {}

    public static @Nullable DeviceNumber numberOf(Path path) throws IOException {
        Matcher link = LINK.matcher(PathBytes.shown(path));
        if (link.matches()) {
            // A link that not every host has.
            return ofDisk(Integer.parseInt(link.group(1)), Integer.parseInt(link.group(2)));
        }
        boolean block = (number(path, "unix:mode") & TYPE_MASK) == BLOCK;
        long device = number(path, block ? "unix:rdev" : "unix:dev");
        int major = (int) ((device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL));
        int minor = (int) ((device & 0xff) | (device >>> 12 & ~0xffL));
        return ofDisk(major, minor);
    }

    private static @Nullable DeviceNumber ofDisk(int major, int minor) throws IOException {
        Path entry = BLOCK_DEVICES.resolve(major + ":" + minor);
        if (!Files.exists(entry)) {
            return null; // a file system without a disk, such as tmpfs
        }
        if (!Files.exists(entry.resolve("partition"))) {
            return new DeviceNumber(major, minor);
        }
        Path disk = entry.toRealPath().resolveSibling("dev");
        String[] numbers = BoundedReads.text(disk).strip().split(":");
        return new DeviceNumber(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    }

    /** Whether there is a device node of this type and number, and no link to one. */
    static boolean isNode(Path path, int type, int major, int minor) throws IOException {
        if (Files.isSymbolicLink(path) || (number(path, "unix:mode") & TYPE_MASK) != type) {
            return false;
        }
        long device = number(path, "unix:rdev");
        return (int) ((device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL)) == major
                && (int) ((device & 0xff) | (device >>> 12 & ~0xffL)) == minor;
    }

    private static long number(Path path, String attribute) throws IOException {
        if (Files.getAttribute(path, attribute) instanceof Number number) {
            return number.longValue();
        }
        throw new IOException(attribute + " is not known");
    }
}
