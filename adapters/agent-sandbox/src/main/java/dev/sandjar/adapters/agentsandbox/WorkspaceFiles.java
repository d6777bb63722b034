package dev.sandjar.adapters.agentsandbox;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Verdict;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.springaicommunity.sandbox.FileEntry;
import org.springaicommunity.sandbox.FileSpec;
import org.springaicommunity.sandbox.FileType;
import org.springaicommunity.sandbox.Sandbox;
import org.springaicommunity.sandbox.SandboxException;
import org.springaicommunity.sandbox.SandboxFiles;

/** Files of a sandbox by programs in it: whatever its links lead to, it is nothing that programs there couldn't reach themselves. */
final class WorkspaceFiles implements SandboxFiles {
    /** A pipe in place of a file would keep its reader for ever. */
    private static final Duration TIME = Duration.ofSeconds(30);

    private static final int MISSING = 13;
    private static final int NO_DIRECTORY = 14;

    private final SandjarSandbox sandbox;

    WorkspaceFiles(SandjarSandbox sandbox) {
        this.sandbox = sandbox;
    }

    @Override
    public SandboxFiles create(String path, String content) {
        String file = inside(path);
        String parent = String.valueOf(Path.of(file).getParent());
        succeed(
                "create",
                path,
                run(script("mkdir -p \"$1\" && exec cat >\"$2\"", parent, file).input(content)));
        return this;
    }

    @Override
    public SandboxFiles createDirectory(String path) {
        succeed("create", path, run(Command.of("mkdir", "-p", inside(path))));
        return this;
    }

    @Override
    public SandboxFiles setup(List<FileSpec> specs) {
        specs.forEach(spec -> create(spec.path(), spec.content()));
        return this;
    }

    @Override
    public String read(String path) {
        return succeed("read", path, run(Command.of("cat", inside(path)))).stdout();
    }

    @Override
    public boolean exists(String path) {
        RunResult result = run(Command.of("test", "-e", inside(path)).exitCodes(0, 1));
        return succeed("look for", path, result).exitValue() == 0;
    }

    @Override
    public List<FileEntry> list(String path) {
        return list(path, 1);
    }

    @Override
    public List<FileEntry> list(String path, int maxDepth) {
        String script = "test -e \"$1\" || exit " + MISSING + "; test -d \"$1\" || exit " + NO_DIRECTORY
                + "; exec find \"$1/\" -mindepth 1 -maxdepth \"$2\" -printf '%y %s %T@ %P\\0'";
        RunResult result = run(script(script, inside(path), Integer.toString(maxDepth)));
        String listed = succeed("list", path, result).stdout();
        List<FileEntry> entries = new ArrayList<>();
        for (String line : listed.split("\0")) {
            if (!line.isEmpty()) {
                entries.add(entry(Path.of(path).normalize(), line.split(" ", 4)));
            }
        }
        return entries;
    }

    private static FileEntry entry(Path parent, String[] found) {
        Path path = parent.resolve(found[3]);
        BigDecimal time = new BigDecimal(found[2]);
        long seconds = time.longValue();
        boolean directory = found[0].equals("d");
        return new FileEntry(
                String.valueOf(path.getFileName()),
                directory ? FileType.DIRECTORY : FileType.FILE,
                path.toString(),
                directory ? 0 : Long.parseLong(found[1]),
                Instant.ofEpochSecond(
                        seconds,
                        time.subtract(BigDecimal.valueOf(seconds))
                                .movePointRight(9)
                                .longValue()));
    }

    @Override
    public SandboxFiles delete(String path) {
        return delete(path, false);
    }

    @Override
    public SandboxFiles delete(String path, boolean recursive) {
        String remove = recursive
                ? "exec rm -rf \"$1\""
                : "test -d \"$1\" && ! test -L \"$1\" && exec rmdir \"$1\"; exec rm \"$1\"";
        String script = "test -e \"$1\" || test -L \"$1\" || exit " + MISSING + "; " + remove;
        succeed("delete", path, run(script(script, inside(path))));
        return this;
    }

    @Override
    public Sandbox and() {
        return sandbox;
    }

    /** An absolute path, which is never an option. */
    private static String inside(String path) {
        return Path.of(SandjarSandbox.WORKSPACE).resolve(path).toString();
    }

    private static Command script(String script, String... arguments) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        words.addAll(List.of(arguments));
        return Command.of(words);
    }

    private RunResult run(Command command) {
        return sandbox.run(sandbox.within(command, TIME));
    }

    private static RunResult succeed(String what, String path, RunResult result) {
        if (result.stdoutTruncated()) {
            throw new SandboxException("cannot " + what + " " + path + ": it is too long");
        }
        if (result.report().verdict() == Verdict.EXITED && result.exitValue() == MISSING) {
            throw new SandboxException("cannot " + what + " " + path + ": it does not exist");
        }
        if (result.report().verdict() == Verdict.EXITED && result.exitValue() == NO_DIRECTORY) {
            throw new SandboxException("cannot " + what + " " + path + ": it is not a directory");
        }
        if (!result.isSuccess()) {
            throw new SandboxException("cannot " + what + " " + path + ": " + why(result));
        }
        return result;
    }

    static String why(RunResult result) {
        return result.stderr().isBlank()
                ? result.report().ending()
                : result.stderr().strip();
    }
}
