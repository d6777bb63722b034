package dev.sandjar.junit;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxListener;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that the sandboxes of one test have started, so that it can be reported and ended. Thread-safe. */
final class TestRuns implements SandboxListener {
    private final Map<SandboxProcess, Command> processes = new LinkedHashMap<>();
    private final List<RunResult> results = new ArrayList<>();
    private @Nullable ScratchDirectory scratch;
    private @Nullable Cluster cluster;
    private boolean failed;
    private boolean closed;

    @Override
    public synchronized void started(Command command, SandboxProcess process) {
        if (closed) {
            process.close();
            throw new IllegalStateException("the test that this sandbox was made for has ended");
        }
        processes.put(process, command);
    }

    @Override
    public synchronized void finished(RunResult result) {
        results.add(result);
    }

    synchronized boolean hasScratch() {
        return scratch != null;
    }

    synchronized Path scratch() {
        try {
            ScratchDirectory made = scratch;
            if (made == null) {
                made = ScratchDirectory.make();
                scratch = made;
                Path inner = Files.createDirectory(made.path().resolve("scratch"));
                Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            return made.path().resolve("scratch");
        } catch (IOException e) {
            throw new UncheckedIOException("no scratch directory can be made", e);
        }
    }

    /** The one of this test: a second parameter would have the same addresses. */
    synchronized Cluster cluster(Nodes asked) {
        if (cluster != null) {
            throw new IllegalStateException("a test has one cluster");
        }
        try {
            Cluster made = Cluster.open(asked, this);
            cluster = made;
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("no network can be opened", e);
        }
    }

    /** What is not in the text already. */
    synchronized String describeBeyond(String message) {
        failed = true;
        StringBuilder text = new StringBuilder();
        for (RunResult result : results) {
            String run = RunReport.describe(result);
            if (!message.contains(run)) {
                text.append(run).append('\n');
            }
        }
        processes.forEach((process, command) -> {
            if (process.isAlive()) {
                text.append("still running: ").append(command).append('\n');
            }
        });
        if (cluster != null) {
            text.append(cluster.describe());
        }
        return text.toString().stripTrailing();
    }

    synchronized void close() throws IOException {
        closed = true;
        processes.keySet().forEach(SandboxProcess::close);
        IOException failure = null;
        for (RunResult result : results) {
            try {
                result.discardChanges();
            } catch (IOException e) {
                failure = e;
            }
        }
        ScratchDirectory made = scratch;
        if (made != null) {
            made.close();
        }
        if (cluster != null) {
            cluster.close(failed);
        }
        if (failure != null) {
            throw failure;
        }
    }
}
