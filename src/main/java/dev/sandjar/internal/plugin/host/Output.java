package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Printable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** What a worker writes to its standard output and error: line by line to a logger, and the last of it for messages. */
final class Output {
    private static final int LINE_MAX = 4096;
    private static final int LAST_LINES = 20;
    private static final int CAPTURE_MAX = 4 << 20;

    private final InputStream in;
    private final Logger logger;
    private final long pid;
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable Capture capture;

    /** Lines that are wanted, up to one that {@code end} begins. */
    private record Capture(StringBuilder text, String end, CompletableFuture<String> done) {}

    Output(InputStream in, Logger logger, long pid) {
        this.in = in;
        this.logger = logger;
        this.pid = pid;
    }

    Future<?> begin() {
        return IoThreads.submit(() -> {
            pump();
            return null;
        });
    }

    private void pump() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                for (int i = 0; i < n; i++) {
                    if (buffer[i] == '\n' || line.size() == LINE_MAX) {
                        line(line.toString(StandardCharsets.UTF_8));
                        line.reset();
                    }
                    if (buffer[i] != '\n') {
                        line.write(buffer[i]);
                    }
                }
            }
        } catch (IOException e) {
            logger.debug("The output of worker {} has ended", pid, e);
        }
        if (line.size() > 0) {
            line(line.toString(StandardCharsets.UTF_8));
        }
        end();
    }

    private void line(String text) {
        String printable = Printable.lines(text);
        Capture wanted;
        synchronized (this) {
            wanted = capture;
            if (wanted == null) {
                last.add(printable);
                if (last.size() > LAST_LINES) {
                    last.remove();
                }
            } else {
                take(wanted, printable);
            }
        }
        if (wanted == null && logger.isInfoEnabled()) {
            logger.info("[{}] {}", pid, printable);
        }
    }

    private void take(Capture wanted, String line) {
        wanted.text().append(line).append('\n');
        if (line.startsWith(wanted.end()) || wanted.text().length() > CAPTURE_MAX) {
            wanted.done().complete(wanted.text().toString());
            capture = null;
        }
    }

    private synchronized void end() {
        Capture wanted = capture;
        if (wanted != null) {
            wanted.done().complete(wanted.text().toString());
            capture = null;
        }
        ended.complete(null);
    }

    /** When all has been read, or a while has passed. */
    void await(long millis) {
        IoThreads.orAfter(ended.copy(), null, Duration.ofMillis(millis)).join();
    }

    /** Lines from now on, up to the first that begins with {@code end}; they are not logged. One at a time. */
    synchronized CompletableFuture<String> capture(String end) {
        if (capture != null) {
            throw new IllegalStateException("the output is being captured already");
        }
        Capture wanted = new Capture(new StringBuilder(), end, new CompletableFuture<>());
        capture = wanted;
        return wanted.done();
    }

    synchronized void endCapture() {
        capture = null;
    }

    /** The end of what was written, for a message. */
    synchronized String last() {
        return String.join("\n", last);
    }
}
