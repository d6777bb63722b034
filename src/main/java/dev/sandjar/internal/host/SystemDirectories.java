package dev.sandjar.internal.host;

import java.nio.file.Path;
import java.util.List;

/** Where the system keeps what belongs to root: nobody makes a directory for a program there, and what is private is so for a reason. */
public final class SystemDirectories {
    /** With all below, but for {@link #TEMPORARY}; and {@link #ROOT}, without what is below. */
    public static final List<Path> TREES = List.of(
            Path.of("/.snapshots"),
            Path.of("/bin"),
            Path.of("/boot"),
            Path.of("/dev"),
            Path.of("/efi"),
            Path.of("/etc"),
            Path.of("/lib"),
            Path.of("/lib32"),
            Path.of("/lib64"),
            Path.of("/libx32"),
            Path.of("/lost+found"),
            Path.of("/ostree"),
            Path.of("/proc"),
            Path.of("/root"),
            Path.of("/run"),
            Path.of("/sbin"),
            Path.of("/sys"),
            Path.of("/sysroot"),
            Path.of("/usr"),
            Path.of("/var"));

    /** Everybody's, though it lies in one of them; itself it is the system's. */
    public static final Path TEMPORARY = Path.of("/var/tmp");

    public static final Path ROOT = Path.of("/");

    private SystemDirectories() {}

    /** By name; a bind mount can give them others. */
    public static boolean contain(Path real) {
        return real.equals(ROOT)
                || (TREES.stream().anyMatch(real::startsWith)
                        && (!real.startsWith(TEMPORARY) || real.equals(TEMPORARY)));
    }
}
