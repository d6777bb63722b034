package dev.sandjar.internal.bpf;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Major and minor number of a kernel's release. */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
    private static final Pattern RELEASE = Pattern.compile("([0-9]{1,6})\\.([0-9]{1,6}).*", Pattern.DOTALL);

    /**
     * Reads "6.1.0-13-amd64" or "4.8".
     *
     * @throws IllegalArgumentException if it begins otherwise
     */
    public static KernelVersion parse(String release) {
        Matcher matcher = RELEASE.matcher(release);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + release + "\" is not a kernel version such as 5.10");
        }
        return new KernelVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** The kernel that runs. */
    public static KernelVersion host() {
        return parse(System.getProperty("os.version"));
    }

    /** Whether it is the kernel of this release, or a later one. */
    boolean isAtLeast(String release) {
        return compareTo(parse(release)) >= 0;
    }

    @Override
    public int compareTo(KernelVersion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }
}
