package dev.sandjar.internal.cgroup;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Stops and continues a group (cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst "cgroup.freeze"). */
final class Freezer {
    /** A process in an uninterruptible wait, on a disk for one, stops only after it. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long PAUSE_NANOS = 200_000;
    private static final String FREEZE = "freeze the sandbox";
    private static final String THAW = "thaw the sandbox";
    private static final String CONTROLLER = Controller.FREEZER.label();
    private static final String STATE = "freezer.state";
    private static final String SWITCH = "cgroup.freeze";
    private static final String EVENTS = "cgroup.events";

    private final Path directory;
    private final long deadline;

    Freezer(Path directory) {
        this.directory = directory;
        this.deadline = System.nanoTime() + PATIENCE.toNanos();
    }

    void freezeV2() throws IOException {
        write(FREEZE, SWITCH, "1");
        if (!await(() -> isFrozenV2(1))) {
            giveUp(SWITCH, "0");
        }
    }

    void thawV2() throws IOException {
        write(THAW, SWITCH, "0");
        if (!await(() -> isFrozenV2(0))) {
            throw tooLong(THAW);
        }
    }

    private boolean isFrozenV2(long value) {
        Long frozen = Numbers.keyed(GroupFiles.read(directory.resolve(EVENTS)), "frozen");
        return frozen != null && frozen == value;
    }

    /**
     * The group is made, frozen, and the processes put into it. One that forks before its turn leaves its child outside,
     * where the next pass finds it; those inside can't fork any more.
     */
    void freezeV1(Supplier<Set<Long>> processes) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // From an earlier freeze.
        } catch (IOException e) {
            throw GroupFiles.failure(FREEZE, "mkdir", directory, e, "", "");
        }
        write(FREEZE, STATE, "FROZEN");
        try {
            boolean moved = true;
            while (moved) {
                moved = moveMissing(processes);
                if (moved && System.nanoTime() - deadline > 0) {
                    break;
                }
            }
            if (moved || !await(() -> isState("FROZEN"))) {
                giveUp(STATE, "THAWED");
            }
        } catch (IOException | RuntimeException e) {
            try {
                GroupFiles.write(directory.resolve(STATE), "THAWED");
            } catch (IOException thaw) {
                e.addSuppressed(thaw);
            }
            throw e;
        }
    }

    /** Whether there were any outside. */
    private boolean moveMissing(Supplier<Set<Long>> processes) throws IOException {
        Set<Long> missing = new TreeSet<>(processes.get());
        missing.removeAll(ProcessLists.of(List.of(directory)));
        if (missing.isEmpty()) {
            return false;
        }
        new ProcessMoves(FREEZE, directory, CONTROLLER, processes).move(missing);
        pause();
        return true;
    }

    void thawV1() throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        write(THAW, STATE, "THAWED");
        if (!await(() -> isState("THAWED"))) {
            throw tooLong(THAW);
        }
    }

    private boolean isState(String state) {
        String text = GroupFiles.read(directory.resolve(STATE));
        return text != null && text.strip().equals(state);
    }

    private void write(String step, String name, String text) throws SandboxException {
        Path file = directory.resolve(name);
        try {
            GroupFiles.write(file, text);
        } catch (IOException e) {
            boolean gone = Errno.ENOENT.is(GroupFiles.errno(e)) || Errno.ENODEV.is(GroupFiles.errno(e));
            throw GroupFiles.failure(
                    step,
                    "write",
                    file,
                    e,
                    gone ? "the sandbox has no such cgroup, or has ended" : "",
                    gone ? "set a limit, or accounting(), so that it gets one" : "");
        }
    }

    private boolean await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            pause();
        }
        return true;
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private void giveUp(String name, String thawed) throws SandboxException {
        write(THAW, name, thawed);
        throw tooLong(FREEZE);
    }

    private SandboxException tooLong(String step) {
        return new SandboxException(
                step,
                null,
                directory.toString(),
                0,
                "not every process was frozen within " + PATIENCE.toSeconds()
                        + " seconds; some may wait for a disk, a network file system or another freezer",
                "try again");
    }
}
