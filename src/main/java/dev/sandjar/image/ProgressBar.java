package dev.sandjar.image;

import dev.sandjar.DataSize;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows on a terminal how far a pull is, on one line that is drawn again and again. Where there is no terminal, each content that is
 * complete gets a line. Closing it after the pull ends the line. Thread-safe.
 *
 * <pre>{@code
 * try (ProgressBar bar = ProgressBar.onStandardError()) {
 *     image = store.pull(name, Registry.configured().onProgress(bar));
 * }
 * }</pre>
 */
public final class ProgressBar implements PullProgress, AutoCloseable {
    private static final int WIDTH = 30;
    private static final long BETWEEN_NANOS = 100_000_000;
    private static final int PERCENT = 100;
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    /** Erases from the cursor to the end of the line (ECMA-48, EL). */
    private static final String ERASE = "\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanos;
    private final Map<String, long[]> contents = new LinkedHashMap<>();
    private @Nullable Long drawn;

    ProgressBar(PrintStream out, boolean terminal, LongSupplier nanos) {
        this.out = out;
        this.terminal = terminal;
        this.nanos = nanos;
    }

    /**
     * Makes a progress bar on {@link System#err}. It draws a bar if file descriptor 2 of this process is a terminal, and else prints a
     * line for each content that is complete.
     *
     * @return a bar for one pull
     */
    public static ProgressBar onStandardError() {
        return new ProgressBar(System.err, isTerminal(Path.of("/proc/self/fd/2")), System::nanoTime);
    }

    static boolean isTerminal(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public synchronized void received(String digest, DataSize received, DataSize total) {
        long[] before = contents.put(digest, new long[] {received.toBytes(), total.toBytes()});
        boolean complete = received.equals(total);
        if (!terminal) {
            if (complete && (before == null || before[0] < before[1])) {
                out.print("received " + digest + ", " + shown(total.toBytes()) + "\n");
                out.flush();
            }
            return;
        }
        long now = nanos.getAsLong();
        Long last = drawn;
        if (complete || last == null || now - last >= BETWEEN_NANOS) {
            draw();
            drawn = now;
        }
    }

    private void draw() {
        long have = contents.values().stream().mapToLong(of -> of[0]).sum();
        long all = Math.max(1, contents.values().stream().mapToLong(of -> of[1]).sum());
        long done = contents.values().stream().filter(of -> of[0] == of[1]).count();
        int filled = (int) (WIDTH * have / all);
        out.print("\r[" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + PERCENT * have / all + " % of "
                + shown(all) + ", " + done + " of " + contents.size() + " contents" + ERASE);
        out.flush();
    }

    /** Rounded, as the eye wants it. */
    private static String shown(long bytes) {
        return bytes < 10 * MIB ? (bytes + KIB - 1) / KIB + " KiB" : (bytes + MIB / 2) / MIB + " MiB";
    }

    /** Ends the line, if one was drawn. Further calls do nothing. */
    @Override
    public synchronized void close() {
        if (drawn != null) {
            drawn = null;
            out.print("\n");
            out.flush();
        }
    }
}
