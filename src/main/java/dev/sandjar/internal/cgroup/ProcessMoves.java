package dev.sandjar.internal.cgroup;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves processes into another group. The kernel takes their numbers there and nothing else, and a number that was read from a list is
 * another process's as soon as the first one has been waited for and the numbers have come round. So each process is held, looked for in
 * the list again, and its number written only while it has it. What the kernel leaves open is the moment between that look and the
 * write: whoever has got the number in it is moved. That is seen afterwards, since the one that is held has lost the number, and
 * the stranger, a process that has just been made, is put back where its parent is.
 */
public final class ProcessMoves {
    /** Each needs a descriptor, and each such lot another look at the list. */
    private static final int HELD_MAX = 64;

    private static final int UNDO_MAX = 16;

    private final String step;
    private final Path to;
    private final String controller;
    private final Supplier<Set<Long>> listed;
    private final Writer writer;

    /** Writes a number to {@code cgroup.procs}. */
    @FunctionalInterface
    interface Writer {
        void write(Path file, long pid) throws IOException;
    }

    /**
     * Looks at nothing yet.
     *
     * @param step for the error
     * @param to the directory of the group
     * @param controller one of its hierarchy on v1, empty for v2
     * @param listed reads anew which processes are to be moved; ones that are there already may be among them
     */
    public ProcessMoves(String step, Path to, String controller, Supplier<Set<Long>> listed) {
        this(step, to, controller, listed, (file, pid) -> GroupFiles.write(file, Long.toString(pid)));
    }

    ProcessMoves(String step, Path to, String controller, Supplier<Set<Long>> listed, Writer writer) {
        this.step = step;
        this.to = to;
        this.controller = controller;
        this.listed = listed;
        this.writer = writer;
    }

    /** The kernel's own list of a group of v2, or of one hierarchy: in it alone, not below. */
    public static Set<Long> in(Path group) {
        return ProcessLists.in(group);
    }

    /**
     * Moves those that still are what they were when they were listed.
     *
     * @throws SandboxException if the kernel refuses to move one that has not ended, or one that got the number of another can't be
     *     put back
     */
    public void move(Collection<Long> pids) throws IOException {
        List<Long> all = List.copyOf(pids);
        for (int i = 0; i < all.size(); i += HELD_MAX) {
            moveLot(all.subList(i, Math.min(all.size(), i + HELD_MAX)));
        }
    }

    private void moveLot(List<Long> pids) throws IOException {
        List<HeldProcess> held = new ArrayList<>();
        try {
            for (Long pid : pids) {
                HeldProcess process = HeldProcess.open(pid);
                if (process != null) {
                    held.add(process);
                }
            }
            // Whoever is listed now and has its number afterwards is the one that is held.
            Set<Long> still = listed.get();
            for (HeldProcess process : held) {
                if (still.contains(process.pid()) && process.hasNumber()) {
                    move(process);
                }
            }
        } finally {
            for (HeldProcess process : held) {
                process.close();
            }
        }
    }

    private void move(HeldProcess process) throws IOException {
        write(to, process.pid());
        for (int i = 0; !process.hasNumber() && !putBack(process.pid()); i++) {
            if (i == UNDO_MAX) {
                throw lost(process.pid(), "others get its number while it is put back", null);
            }
        }
    }

    private void write(Path group, long pid) throws IOException {
        Path file = group.resolve(ProcessLists.FILE);
        try {
            writer.write(file, pid);
        } catch (IOException e) {
            if (!Errno.ESRCH.is(GroupFiles.errno(e))) {
                throw GroupFiles.failure(step, "write", file, e, "process " + pid + " can't be moved", "");
            }
        }
    }

    /** Takes out of the group whoever came into it by a number that is no longer that of the process meant; whether that is done. */
    private boolean putBack(long pid) throws IOException {
        try (HeldProcess stranger = HeldProcess.open(pid)) {
            if (stranger == null
                    || !ProcessLists.in(to).contains(pid)
                    || listed.get().contains(pid)) {
                return true;
            }
            Long parent = stranger.parent();
            Path here = stranger.group(controller);
            if (parent == null || here == null) {
                return !stranger.hasNumber();
            }
            Path home = home(parent);
            Path directory = home == null ? null : directory(here, home);
            if (directory == null) {
                throw lost(pid, "where its parent " + parent + " is can't be found below " + to, null);
            }
            if (!directory.equals(to)) {
                try {
                    write(directory, pid);
                } catch (IOException e) {
                    throw lost(pid, "it can't be put back into " + directory, e);
                }
            }
            return stranger.hasNumber();
        }
    }

    private @Nullable Path home(long parent) throws IOException {
        try (HeldProcess held = HeldProcess.open(parent)) {
            return held == null ? null : held.group(controller);
        }
    }

    /** The directory of a group, derived from one whose path and directory are known: they end alike. */
    private @Nullable Path directory(Path here, Path wanted) {
        int same = 0;
        while (same < here.getNameCount()
                && same < to.getNameCount()
                && here.getName(here.getNameCount() - 1 - same).equals(to.getName(to.getNameCount() - 1 - same))) {
            same++;
        }
        Path root = ancestor(here, same);
        Path mount = ancestor(to, same);
        return root == null || mount == null || !wanted.startsWith(root)
                ? null
                : mount.resolve(root.relativize(wanted)).normalize();
    }

    private static @Nullable Path ancestor(Path path, int levels) {
        Path at = path;
        for (int i = 0; i < levels && at != null; i++) {
            at = at.getParent();
        }
        return at;
    }

    private SandboxException lost(long pid, String reason, @Nullable IOException cause) {
        SandboxException e = new SandboxException(
                step,
                null,
                to.toString(),
                0,
                "process " + pid + " is in this cgroup by mistake: it got the number of one that was to be moved; "
                        + reason,
                "write its number to cgroup.procs of the cgroup that it belongs to");
        if (cause != null) {
            e.initCause(cause);
        }
        return e;
    }
}
