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
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that the sandboxes of one test have started, so that it can be reported and ended. Thread-safe. */
final class TestRuns implements SandboxListener {
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as is what follows. */
    private final Map<SandboxProcess, Command> processes = new LinkedHashMap<>();

    private final List<RunResult> results = new ArrayList<>();
    private @Nullable ScratchDirectory scratch;
    private @Nullable Cluster cluster;
    private boolean closed;

    private interface Ending {
        void run() throws IOException;
    }

    private <T> T locked(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void started(Command command, SandboxProcess process) {
        boolean late = locked(() -> {
            if (!closed) {
                processes.put(process, command);
            }
            return closed;
        });
        if (late) {
            process.close();
            throw ended();
        }
    }

    private static IllegalStateException ended() {
        return new IllegalStateException("the test that this sandbox was made for has ended");
    }

    @Override
    public void finished(RunResult result) {
        locked(() -> results.add(result));
    }

    boolean hasScratch() {
        return locked(() -> scratch != null);
    }

    Path scratch() {
        return locked(() -> {
            try {
                ScratchDirectory made = scratch;
                if (made == null) {
                    requireNotEnded();
                    made = ScratchDirectory.make();
                    scratch = made;
                    Path inner = Files.createDirectory(made.path().resolve("scratch"));
                    Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
                return made.path().resolve("scratch");
            } catch (IOException e) {
                throw new UncheckedIOException("no scratch directory can be made", e);
            }
        });
    }

    /** The one of this test: a second parameter would have the same addresses. */
    Cluster cluster(Nodes asked) {
        return locked(() -> {
            if (cluster != null) {
                throw new IllegalStateException("a test has one cluster");
            }
            requireNotEnded();
            try {
                Cluster made = Cluster.open(asked, this);
                cluster = made;
                return made;
            } catch (IOException e) {
                throw new UncheckedIOException("no network can be opened", e);
            }
        });
    }

    private void requireNotEnded() {
        if (closed) {
            throw ended();
        }
    }

    /** What is not in the text already. */
    String describeBeyond(String message) {
        return locked(() -> {
            StringBuilder text = new StringBuilder();
            for (RunResult result : results) {
                String run = RunReport.describe(result);
                if (!message.contains(run)) {
                    text.append(run).append('\n');
                }
            }
            processes.forEach((process, command) -> {
                String line = "still running: " + command;
                if (process.isAlive() && !message.contains(line)) {
                    text.append(line).append('\n');
                }
            });
            String faults = cluster == null ? "" : cluster.describe();
            return (message.contains(faults) ? text : text.append(faults))
                    .toString()
                    .stripTrailing();
        });
    }

    /**
     * Ends all of it, whatever fails of it; nothing starts any more.
     *
     * @param failed whether the test has
     */
    void close(boolean failed) throws IOException {
        List<Ending> all = locked(() -> {
            closed = true;
            List<Ending> endings = new ArrayList<>();
            processes.keySet().forEach(process -> endings.add(process::close));
            results.forEach(result -> endings.add(result::discardChanges));
            ScratchDirectory made = scratch;
            if (made != null) {
                endings.add(made::close);
            }
            Cluster network = cluster;
            if (network != null) {
                endings.add(() -> network.close(failed));
            }
            return endings;
        });
        Throwable first = null;
        for (Ending each : all) {
            try {
                each.run();
            } catch (IOException | RuntimeException | Error e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first instanceof IOException e) {
            throw e;
        }
        if (first instanceof RuntimeException e) {
            throw e;
        }
        if (first instanceof Error e) {
            throw e;
        }
    }
}
