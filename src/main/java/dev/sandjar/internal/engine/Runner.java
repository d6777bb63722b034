package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.GroundAccess.Captured;
import dev.sandjar.internal.WrittenLayer;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Feeds a process and reads it to its end, all streams at once, so that no full pipe can stop it. */
final class Runner {
    /** All of a process' writers are gone before its report is there, so that what is left to read is at most a pipe. */
    private static final long DRAIN_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

    private Runner() {}

    /** Refuses what a run to the end couldn't serve: nobody else is there to do it. */
    static void check(Command command) {
        if (command.terminal().isPresent()) {
            throw new IllegalArgumentException(
                    "run() can't serve a pseudo-terminal, whose input has no end; use start() for a command with"
                            + " pty(...), or go without it by noPty()");
        }
        command.descriptors().forEach((name, descriptor) -> {
            if (descriptor.path().isEmpty()) {
                throw new IllegalArgumentException("run() can't serve the pipe of descriptor \"" + name
                        + "\"; use start(), or writeTo(...) and readFrom(...)");
            }
        });
    }

    static RunResult run(SandboxProcess process, Command command, int captureLimit)
            throws IOException, InterruptedException {
        try (process) {
            Capture stdout = new Capture(captureLimit);
            Capture stderr = new Capture(captureLimit);
            Future<?> stdoutEnd = drain(stdout, process.getInputStream());
            Future<?> stderrEnd = drain(stderr, process.getErrorStream());
            if (command.stdin().type() == Redirect.Type.PIPE) {
                feed(process.getOutputStream(), command.input());
            }
            ExitReport report = process.waitForReport();
            boolean stdoutWhole = await(stdoutEnd);
            boolean stderrWhole = await(stderrEnd);
            WrittenLayer layer = GroundAccess.get().layer(process);
            if (layer != null) {
                layer.outlive();
            }
            return GroundAccess.get()
                    .result(command, content(stdout, stdoutWhole), content(stderr, stderrWhole), report, layer);
        }
    }

    private static Future<?> drain(Capture capture, InputStream stream) {
        return IoThreads.submit(() -> {
            capture.drain(stream);
            return true;
        });
    }

    private static void feed(OutputStream stream, Optional<byte[]> input) throws IOException {
        if (input.isEmpty() || input.get().length == 0) {
            stream.close();
            return;
        }
        IoThreads.background(() -> {
            try (stream) {
                stream.write(input.get());
            } catch (IOException e) {
                // A program may end without reading its input, as "head" does: that is no failure.
                LOG.debug("A program has not read all of its input", e);
            }
        });
    }

    private static boolean await(Future<?> end) throws IOException, InterruptedException {
        try {
            end.get(DRAIN_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IOException("reading the output of the sandbox failed", e.getCause());
        }
    }

    private static Captured content(Capture capture, boolean whole) {
        Captured content = capture.content();
        return whole ? content : new Captured(content.bytes(), true);
    }
}
