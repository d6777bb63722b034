package dev.sandjar.internal.kernel;

import dev.sandjar.testing.Await;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The open descriptors of this JVM. */
public final class Fds {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What class loading, JNA and the JVM itself open and close when they like. */
    private static final Pattern OTHERS = Pattern.compile("/proc/.*|/sys/.*|.*\\.jar|.*/ffi.*|.*random");

    static {
        // The JDK's file channels keep one socket once the first of them is used.
        try {
            FileChannel.open(Path.of("/dev/null"), StandardOpenOption.READ).close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Fds() {}

    /** Numbers and what is behind them. */
    public static Set<String> open() {
        Set<String> open = new TreeSet<>();
        for (File fd : new File("/proc/self/fd").listFiles()) {
            try {
                String target = Files.readSymbolicLink(fd.toPath()).toString();
                if (!OTHERS.matcher(target).matches()) {
                    open.add(fd.getName() + " " + target);
                }
            } catch (IOException e) {
                continue; // closed since
            }
        }
        return open;
    }

    /** Fails if something is open, and stays so, that was not before. */
    public static void assertNoneBeyond(Set<String> before) {
        if (!Await.within(PATIENCE, () -> before.containsAll(open()))) {
            Set<String> left = open();
            left.removeAll(before);
            throw new AssertionError("left open: " + left);
        }
    }

    public static boolean isOpen(int fd) {
        return Files.exists(Path.of("/proc/self/fd", Integer.toString(fd)), LinkOption.NOFOLLOW_LINKS);
    }
}
