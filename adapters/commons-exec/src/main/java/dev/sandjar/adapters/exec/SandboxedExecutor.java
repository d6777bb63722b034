package dev.sandjar.adapters.exec;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.exec.CommandLine;
import org.apache.commons.exec.DefaultExecutor;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DefaultExecutor} whose programs run in a sandbox: each {@code execute} is one start, and what ends the process (a watchdog, a
 * process destroyer, an interrupt) ends everything in its sandbox. There is no way by which it starts a program of the host: what the
 * host can't give is the {@link dev.sandjar.SandboxException} of the start.
 *
 * <p>What differs from its parent:
 *
 * <ul>
 *   <li>The executable is looked for in the sandbox, and so is a path of {@link CommandLine#CommandLine(File)}.
 *   <li>The working directory is one inside the sandbox, absolute; unless set, it is the sandbox's own.
 *   <li>The environment is that of the sandbox, to which a map that {@code execute} is given adds. Without a map nothing of the host's
 *       environment is there.
 * </ul>
 *
 * <p>As of its parent, one object runs one program at a time; a sandbox serves any number of executors.
 */
public class SandboxedExecutor extends DefaultExecutor {
    private final Sandbox sandbox;
    private volatile @Nullable CompletableFuture<ExitReport> report;
    private volatile @Nullable String directory;

    /**
     * Makes an executor.
     *
     * @param sandbox where its programs run
     */
    @SuppressWarnings("deprecation") // The builder makes no subclasses.
    public SandboxedExecutor(Sandbox sandbox) {
        this.sandbox = Objects.requireNonNull(sandbox, "sandbox");
    }

    /**
     * Why the program ended, which an exit value can't tell: limits, denials, usage.
     *
     * @return completes when the program that was started last has ended
     * @throws IllegalStateException if none was started
     */
    public CompletableFuture<ExitReport> onReport() {
        CompletableFuture<ExitReport> last = report;
        if (last == null) {
            throw new IllegalStateException("no program was started");
        }
        return last;
    }

    /**
     * Sets the working directory inside the sandbox.
     *
     * @param directory absolute path inside; null for the sandbox's own
     * @throws IllegalArgumentException if it is not absolute, or is no path inside, see {@link Command#directory(String)}
     */
    @Override
    @SuppressWarnings("deprecation") // The only setter that there is.
    public void setWorkingDirectory(@Nullable File directory) {
        this.directory = directory == null
                ? null
                : Command.of("true").directory(directory.getPath()).directory().orElseThrow();
    }

    /**
     * The working directory inside the sandbox.
     *
     * @return an absolute path inside; null for the sandbox's own
     */
    @Override
    public @Nullable File getWorkingDirectory() {
        String inside = directory;
        return inside == null ? null : new File(inside);
    }

    /**
     * Starts a program in the sandbox.
     *
     * @param command the program and its arguments
     * @param environment variables that are added to the sandbox's; null for none
     * @param ignored what the parent takes for the working directory, a directory of the host
     * @return the process in its sandbox
     * @throws IOException if it can't be started
     */
    @Override
    protected Process launch(CommandLine command, @Nullable Map<String, String> environment, @Nullable File ignored)
            throws IOException {
        return launch(command, environment);
    }

    /**
     * Starts a program in the sandbox.
     *
     * @param command the program and its arguments
     * @param environment variables that are added to the sandbox's; null for none
     * @param ignored what the parent takes for the working directory, a directory of the host
     * @return the process in its sandbox
     * @throws IOException if it can't be started
     */
    @Override
    protected Process launch(CommandLine command, @Nullable Map<String, String> environment, @Nullable Path ignored)
            throws IOException {
        return launch(command, environment);
    }

    private Process launch(CommandLine line, @Nullable Map<String, String> environment) throws IOException {
        Command command = Command.of(List.of(line.toStrings()));
        if (environment != null) {
            command = command.env(environment);
        }
        String inside = directory;
        if (inside != null) {
            command = command.directory(inside);
        }
        SandboxProcess process = sandbox.start(command);
        report = process.onReport();
        return process;
    }
}
