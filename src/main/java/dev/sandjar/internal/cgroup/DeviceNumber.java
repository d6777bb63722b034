package dev.sandjar.internal.cgroup;

/** A device as the kernel names it ({@code makedev(3)}). */
public record DeviceNumber(int major, int minor) {
    @Override
    public String toString() {
        return major + ":" + minor;
    }
}
