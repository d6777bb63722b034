package dev.sandjar.internal.cgroup;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code /proc/self/mountinfo} ({@code proc(5)}) about a cgroup file system.
 *
 * @param root the group that is seen at the mount point; with a cgroup namespace as that names it
 * @param options of the mount
 * @param superOptions of the file system; on v1 they name the controllers
 */
record CgroupMount(int version, String root, String mountPoint, List<String> options, List<String> superOptions) {
    private static final int ROOT = 3;
    private static final int MOUNT_POINT = 4;
    private static final int OPTIONS = 5;

    /** Lines that make no sense are passed over. */
    static List<CgroupMount> parse(String mountinfo) {
        List<CgroupMount> mounts = new ArrayList<>();
        for (String line : mountinfo.split("\n")) {
            String[] fields = line.split(" ");
            int dash = Arrays.asList(fields).indexOf("-");
            if (dash <= OPTIONS || dash + 3 >= fields.length) {
                continue;
            }
            int version = fields[dash + 1].equals("cgroup2") ? 2 : fields[dash + 1].equals("cgroup") ? 1 : 0;
            if (version != 0 && fields[ROOT].startsWith("/") && fields[MOUNT_POINT].startsWith("/")) {
                mounts.add(new CgroupMount(
                        version,
                        unescape(fields[ROOT]),
                        unescape(fields[MOUNT_POINT]),
                        List.of(fields[OPTIONS].split(",")),
                        List.of(fields[dash + 3].split(","))));
            }
        }
        return mounts;
    }

    boolean isReadOnly() {
        return options.contains("ro") || superOptions.contains("ro");
    }

    /** Where the mount shows a group, or null if the group isn't below what is mounted. */
    @Nullable
    String pathOf(String group) {
        if (!group.startsWith("/") || climbs(group) || climbs(root)) {
            return null;
        }
        if (root.equals("/")) {
            return group.equals("/") ? mountPoint : mountPoint + group;
        }
        if (group.equals(root)) {
            return mountPoint;
        }
        return group.startsWith(root + "/") ? mountPoint + group.substring(root.length()) : null;
    }

    /** Groups outside of the cgroup namespace are named by way of its parents. */
    private static boolean climbs(String path) {
        return (path + "/").contains("/../");
    }

    /** The kernel writes white space and backslashes as three octal digits. */
    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            int value = bytes[i] == '\\' && i + 3 < bytes.length ? octal(bytes, i + 1) : -1;
            out[length++] = value < 0 ? bytes[i] : (byte) value;
            i += value < 0 ? 0 : 3;
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    private static int octal(byte[] bytes, int start) {
        int value = 0;
        for (int i = start; i < start + 3; i++) {
            if (bytes[i] < '0' || bytes[i] > '7') {
                return -1;
            }
            value = value * 8 + bytes[i] - '0';
        }
        return value <= 0xff ? value : -1;
    }
}
