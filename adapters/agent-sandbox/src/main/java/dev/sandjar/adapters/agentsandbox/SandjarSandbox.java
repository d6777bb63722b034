package dev.sandjar.adapters.agentsandbox;

import dev.sandjar.Command;
import dev.sandjar.MountOption;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springaicommunity.sandbox.ExecResult;
import org.springaicommunity.sandbox.ExecSpec;
import org.springaicommunity.sandbox.Sandbox;
import org.springaicommunity.sandbox.SandboxException;
import org.springaicommunity.sandbox.SandboxFiles;
import org.springaicommunity.sandbox.TimeoutException;

/**
 * A {@link Sandbox} of agent-sandbox on Sandjar. Each {@code exec} is one start, whose processes have all ended when it returns; what
 * stays from one to the next is the directory {@value #WORKSPACE}. Nothing is ever run outside: what the host can't give is a {@link
 * SandboxException} with the {@link dev.sandjar.SandboxException} as its cause.
 *
 * <p>The workspace is a directory of the host, as large as its file system lets it become. The host itself never opens a file in it: also
 * {@link #files()} works by programs in the sandbox, so that links that an agent leaves lead nowhere else.
 *
 * <p>Thread-safe. Close it.
 */
public final class SandjarSandbox implements Sandbox {
    /** The working directory inside. */
    public static final String WORKSPACE = "/workspace";

    private static final String SHELL_COMMAND = "__SHELL_COMMAND__";

    private final dev.sandjar.Sandbox policy;
    private final Path directory;
    private final boolean own;
    private final SandboxFiles files;
    private final Set<SandboxProcess> interactive = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private SandjarSandbox(dev.sandjar.Sandbox policy, Path directory, boolean own) {
        this.policy = policy.toBuilder()
                .bind(directory, WORKSPACE, own ? MountOption.IDMAPPED_ROOT : MountOption.IDMAPPED)
                .workingDirectory(WORKSPACE)
                .build();
        this.directory = directory;
        this.own = own;
        this.files = new WorkspaceFiles(this);
    }

    /**
     * Makes one with an empty workspace, which {@link #close()} removes.
     *
     * @param policy what its programs may, such as {@code Sandbox.untrusted().build()}; the workspace is added to it
     * @return the sandbox; close it
     * @throws IOException if the directory can't be made
     */
    public static SandjarSandbox create(dev.sandjar.Sandbox policy) throws IOException {
        Objects.requireNonNull(policy, "policy");
        return new SandjarSandbox(policy, Files.createTempDirectory("sandjar-workspace"), true);
    }

    /**
     * Makes one whose workspace is a directory of the host, which stays. The owner of the directory is who programs may be there, see
     * {@link MountOption#IDMAPPED}: a directory of root's is refused by the first start.
     *
     * @param policy what its programs may; the workspace is added to it
     * @param directory an existing directory
     * @return the sandbox; close it
     */
    public static SandjarSandbox in(dev.sandjar.Sandbox policy, Path directory) {
        return new SandjarSandbox(
                Objects.requireNonNull(policy, "policy"), Objects.requireNonNull(directory, "directory"), false);
    }

    /**
     * Runs a program to its end, with all that it has started. A timeout of the policy that is shorter than that of the specification
     * holds. What ended the program against its will, such as its limit of memory, and a loss of output beyond 16 MiB, are said on a last
     * line of the standard error.
     *
     * @param spec the program, its variables and its time
     * @return how it ended
     * @throws SandboxException if it can't be started; with a {@link TimeoutException} as its cause if its time was over
     */
    @Override
    public ExecResult exec(ExecSpec spec) {
        Command command = command(spec);
        RunResult result = run(command);
        Duration wall = result.report().usage().wallTime();
        String error = result.stderr();
        Verdict verdict = result.report().verdict();
        if (verdict == Verdict.TIMED_OUT) {
            Duration time =
                    command.timeout().or(() -> policy.bounds().timeout()).orElse(wall);
            throw new SandboxException("the command timed out", new TimeoutException("no end after " + time, time));
        }
        if (verdict != Verdict.EXITED && verdict != Verdict.SIGNALED) {
            error = withLine(error, "sandbox: " + result.report().ending());
        }
        if (result.stdoutTruncated() || result.stderrTruncated()) {
            error = withLine(error, "sandbox: the output is longer than what is kept of it");
        }
        return new ExecResult(result.exitValue(), result.stdout(), error, wall);
    }

    private static String withLine(String text, String line) {
        return text.isEmpty() || text.endsWith("\n") ? text + line + "\n" : text + "\n" + line + "\n";
    }

    /**
     * Starts a program that is spoken to. It ends with this sandbox at the latest.
     *
     * @param spec the program, its variables and its time
     * @return the process, whose {@code destroy()} ends all that it has started
     * @throws SandboxException if it can't be started
     */
    @Override
    public Process startInteractive(ExecSpec spec) {
        try {
            SandboxProcess process = policy.start(command(spec));
            interactive.add(process);
            if (closed) { // Whoever closed it may have looked before.
                process.close();
            }
            interactive.removeIf(other -> !other.isAlive());
            return process;
        } catch (IOException e) {
            throw new SandboxException("cannot start: " + e.getMessage(), e);
        }
    }

    private Command command(ExecSpec spec) {
        List<String> words = new ArrayList<>(spec.command());
        if (words.size() == 2 && words.get(0).equals(SHELL_COMMAND)) {
            words = List.of("bash", "-c", words.get(1));
        }
        Command command = Command.of(words);
        Map<String, String> variables = spec.env();
        if (variables != null) {
            command = command.env(variables);
        }
        return within(command, spec.timeout());
    }

    /** With the shorter of its own time and that of the policy. */
    Command within(Command command, @Nullable Duration time) {
        Duration most = policy.bounds().timeout().orElse(null);
        return time == null || (most != null && most.compareTo(time) <= 0) ? command : command.timeout(time);
    }

    RunResult run(Command command) {
        if (closed) {
            throw new IllegalStateException("the sandbox is closed");
        }
        return runAlways(command);
    }

    private RunResult runAlways(Command command) {
        try {
            return policy.run(command);
        } catch (IOException e) {
            throw new SandboxException("cannot run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException("interrupted", e);
        }
    }

    /**
     * The working directory of programs.
     *
     * @return a path inside, {@value #WORKSPACE}
     */
    @Override
    public Path workDir() {
        return Path.of(WORKSPACE);
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /**
     * The files of the workspace, and whatever else programs can reach: relative paths are ones below the working directory. Each call is
     * a start; one that would read more than 16 MiB fails.
     *
     * @return creates, reads, lists and removes files
     */
    @Override
    public SandboxFiles files() {
        return files;
    }

    @Override
    public boolean shouldCleanupOnClose() {
        return own;
    }

    /**
     * Ends what runs interactively, and removes a workspace of its own.
     *
     * @throws SandboxException if something of the workspace is left
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        interactive.forEach(SandboxProcess::close);
        if (!own) {
            return;
        }
        // Inside, where links lead nowhere else, and by tools that take trees of any depth.
        RunResult emptied = runAlways(Command.of(
                "sh", "-c", "chmod -R u+rwX " + WORKSPACE + "; exec find " + WORKSPACE + " -mindepth 1 -delete"));
        try {
            Files.delete(directory);
        } catch (IOException e) {
            throw new SandboxException(
                    "cannot remove the workspace " + directory + ": " + WorkspaceFiles.why(emptied), e);
        }
    }
}
