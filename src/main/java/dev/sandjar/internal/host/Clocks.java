package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the clocks of the host's initial time namespace show, to which the kernel's offsets are relative. */
public final class Clocks {
    private Clocks() {}

    /** CLOCK_MONOTONIC, from which this JVM's own nanoTime may be shifted. */
    public static Duration monotonic() {
        return Duration.ofNanos(System.nanoTime()).minus(ownOffset("monotonic"));
    }

    /** CLOCK_BOOTTIME, to hundredths of a second. */
    public static Duration boottime() {
        String seconds = lines(Path.of("/proc/uptime")).get(0).split(" ")[0];
        return Duration.ofMillis(new BigDecimal(seconds).movePointRight(3).longValue())
                .minus(ownOffset("boottime"));
    }

    private static Duration ownOffset(String clock) {
        Path offsets = Path.of("/proc/self/timens_offsets");
        if (!Files.exists(offsets)) {
            return Duration.ZERO; // no time namespaces in this kernel
        }
        for (String line : lines(offsets)) {
            String[] words = line.strip().split("\\s+");
            if (words.length == 3 && words[0].equals(clock)) {
                return Duration.ofSeconds(Long.parseLong(words[1]), Long.parseLong(words[2]));
            }
        }
        return Duration.ZERO;
    }

    private static List<String> lines(Path file) {
        try {
            return BoundedReads.lines(file);
        } catch (IOException e) {
            throw new UncheckedIOException("the host's clocks can't be read", e);
        }
    }
}
