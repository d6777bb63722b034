package dev.sandjar.internal.host;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Which thresholds of pressure the kernel takes from this process, found by setting some for the whole machine, each forgotten at once
 * (Documentation/accounting/psi.rst). For cgroups the same rights count.
 */
public enum PressureRights {
    /** With CAP_SYS_RESOURCE. */
    ANY_WINDOW,
    /** From Linux 6.5 on. */
    EVEN_SECONDS,
    NONE;

    private static final Path FILE = Path.of("/proc/pressure/memory");
    /** No process waits for so long in so short a window without being noticed otherwise. */
    private static final String SHORT_WINDOW = "some 500000 500000\0";

    private static final String EVEN_WINDOW = "some 2000000 2000000\0";

    /** What holds for the life of this process, unless it gives up capabilities. */
    public static PressureRights ofThisProcess() {
        return Found.RIGHTS;
    }

    private static final class Found {
        static final PressureRights RIGHTS =
                takes(SHORT_WINDOW) ? ANY_WINDOW : takes(EVEN_WINDOW) ? EVEN_SECONDS : NONE;

        private Found() {}
    }

    private static boolean takes(String threshold) {
        try (OutputStream out = new FileOutputStream(FILE.toFile(), true)) {
            out.write(threshold.getBytes(StandardCharsets.US_ASCII));
            return true;
        } catch (IOException e) {
            return false; // which is the answer
        }
    }
}
