package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.host.SystemDirectories;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The way to a file of the host, by descriptors and one name at a time, so that nothing changes behind a check. Links are followed only
 * where nobody hostile can have made them: their owner is root or this process, and no directory above them was given to a sandbox for
 * writing. Nothing is opened but for its place (O_PATH), which never blocks. Not thread-safe.
 */
final class HostWalk implements AutoCloseable {
    private static final int LINKS_MAX = 40; // as the kernel's
    private static final int PLACE = Kernel.O_PATH | Kernel.O_NOFOLLOW;
    private static final byte[] SELF = new byte[0];
    private static final String OF_GUEST = "a sandbox was allowed to write to a directory above it";
    private static final Pattern NAMESPACE = Pattern.compile("[a-z_]+:\\[[0-9]+]");

    /** Whether a link at the end of the path is followed, by the same rules as one on the way. */
    enum Last {
        FOLLOWED,
        NOT_FOLLOWED
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Frame(byte[] name, HostStat stat, boolean ofGuest) {}

    private final String step;
    private final Path asked;
    private final Last last;
    private final List<Frame> frames = new ArrayList<>();
    private final Deque<byte[]> todo = new ArrayDeque<>();
    private int directory = -1;
    private int links;
    private byte @Nullable [] leafName;
    private int leaf = -1;
    private @Nullable HostStat leafStat;

    private HostWalk(Path asked, String step, Last last) {
        this.asked = asked;
        this.step = step;
        this.last = last;
    }

    /**
     * Goes there.
     *
     * @throws SandboxException if a directory on the way is missing or closed, or a link is not to be followed
     */
    static HostWalk to(Path path, String step, Last last) throws SandboxException {
        FileCall.require();
        HostWalk walk = new HostWalk(path, step, last);
        try {
            walk.go();
            return walk;
        } catch (SandboxException | RuntimeException | Error e) {
            walk.close();
            throw e;
        }
    }

    /** The path without links; its file has to be there. */
    static Path real(Path path, String step) throws SandboxException {
        try (HostWalk walk = to(path, step, Last.FOLLOWED)) {
            walk.require();
            return PathBytes.path(walk.realName());
        }
    }

    private void go() throws SandboxException {
        push(PathBytes.of(asked));
        toRoot();
        while (!todo.isEmpty()) {
            byte[] name = todo.pop();
            if (isDots(name, 2)) {
                up();
            } else if (!isDots(name, 1)) {
                enter(name);
            }
        }
    }

    private static boolean isDots(byte[] name, int count) {
        for (byte b : name) {
            if (b != '.') {
                return false;
            }
        }
        return name.length == count;
    }

    /** Puts the names of a path before those that are left. */
    private void push(byte[] path) {
        int end = path.length;
        for (int i = path.length - 1; i >= -1; i--) {
            if (i < 0 || path[i] == '/') {
                if (end > i + 1) {
                    todo.push(java.util.Arrays.copyOfRange(path, i + 1, end));
                }
                end = i;
            }
        }
    }

    private void toRoot() throws SandboxException {
        frames.clear();
        moveTo(opened(FileCalls.AT_FDCWD, new byte[] {'/'}, PLACE | Kernel.O_DIRECTORY));
    }

    private int opened(int at, byte[] name, int flags) throws SandboxException {
        int fd = FileCalls.open(at, name, flags, 0, false);
        if (fd < 0) {
            throw failure("openat", -fd, refusal(-fd), remedy(-fd));
        }
        return fd;
    }

    private void moveTo(int fd) {
        closeDirectory();
        directory = fd;
    }

    private void up() throws SandboxException {
        if (frames.isEmpty()) {
            return;
        }
        frames.remove(frames.size() - 1);
        moveTo(opened(directory, new byte[] {'.', '.'}, PLACE | Kernel.O_DIRECTORY));
        if (!frames.isEmpty()
                && !frames.get(frames.size() - 1)
                        .stat()
                        .identity()
                        .equals(stat(directory).identity())) {
            throw failure("openat", Errno.ESTALE.number(), "a directory on the way was moved meanwhile", "try again");
        }
    }

    private void enter(byte[] name) throws SandboxException {
        boolean end = todo.isEmpty();
        int fd = FileCalls.open(directory, name, PLACE, 0, false);
        if (end && Errno.ENOENT.is(-fd)) {
            leafName = name;
            return;
        }
        if (fd < 0) {
            throw !end && Errno.ENOENT.is(-fd)
                    ? failure(
                            "openat",
                            -fd,
                            "the host has no directory \"" + shown(name) + "\"",
                            "create it, or correct the path")
                    : failure("openat", -fd, refusal(-fd), remedy(-fd));
        }
        boolean kept = false;
        try {
            HostStat stat = stat(fd);
            if (stat.isLink() && !(end && (last == Last.NOT_FOLLOWED || isOfNamespace(fd)))) {
                follow(fd, name, stat);
            } else if (end) {
                leafName = name;
                leafStat = stat;
                leaf = fd;
                kept = true;
            } else if (stat.isDirectory()) {
                boolean guests = isGuestWritable() || GuestWritable.OF_THIS_JVM.contains(stat.identity());
                frames.add(new Frame(name, stat, guests));
                moveTo(fd);
                kept = true;
            } else {
                throw failure("openat", Errno.ENOTDIR.number(), shown(name) + " is " + stat.kind(), "correct the path");
            }
        } finally {
            if (!kept) {
                FileCall.CLOSE.call(fd);
            }
        }
    }

    private HostStat stat(int fd) throws SandboxException {
        HostStat stat = HostStat.of(fd, SELF);
        if (stat == null) {
            throw failure("statx", 0, "the kernel doesn't report the type of a file on the way", "");
        }
        return stat;
    }

    /** A link of the kernel's own, whose text is no name: it leads to the file of a namespace ({@code namespaces(7)}). */
    private boolean isOfNamespace(int fd) {
        List<byte[]> target = new ArrayList<>();
        return PathBytes.shown(named(null)).startsWith("/proc/")
                && FileCalls.link(fd, SELF, target, false) >= 0
                && NAMESPACE.matcher(PathBytes.shown(target.get(0))).matches();
    }

    private void follow(int fd, byte[] name, HostStat stat) throws SandboxException {
        List<byte[]> target = new ArrayList<>();
        int n = FileCalls.link(fd, SELF, target, false);
        if (n < 0) {
            throw failure("readlinkat", -n, "", "");
        }
        if (isGuestWritable()) {
            throw refused(name, target.get(0), OF_GUEST);
        }
        if (!CallerIds.trusts(stat.uid())) {
            throw refused(
                    name,
                    target.get(0),
                    "it belongs to user " + stat.uid() + ", who is neither root nor this process's");
        }
        if (++links > LINKS_MAX) {
            throw failure("openat", Errno.ELOOP.number(), "more than " + LINKS_MAX + " links", "correct the path");
        }
        if (target.get(0).length > 0 && target.get(0)[0] == '/') {
            toRoot();
        }
        push(target.get(0));
    }

    private SandboxException refused(byte[] name, byte[] target, String reason) {
        return failure(
                "openat",
                Errno.ELOOP.number(),
                "the link " + shown(name) + " to " + PathBytes.shown(target) + " is not followed: " + reason,
                // Where a program may have made the link, what it leads to is the program's choice.
                reason.equals(OF_GUEST)
                        ? "remove the link, or name a file in a directory that no sandbox may write to"
                        : "name the file itself; if where the link leads is trusted, that is path.toRealPath()");
    }

    /** The last name is a link, and this is no way to follow one. */
    SandboxException refusedLast() {
        return refusedLast("the last name of a path must be the file itself");
    }

    /** The last name is a link that is not trusted. */
    SandboxException refusedLink() {
        return refusedLast("it belongs to somebody who is neither root nor this process's user");
    }

    private SandboxException refusedLast(String otherwise) {
        List<byte[]> target = new ArrayList<>();
        int n = FileCalls.link(leaf, SELF, target, false);
        byte[] name = leafName;
        return refused(
                name == null ? SELF : name, n < 0 ? SELF : target.get(0), isGuestWritable() ? OF_GUEST : otherwise);
    }

    private String shown(byte[] name) {
        return PathBytes.shown(named(name));
    }

    SandboxException failure(String call, int errno, String cause, String remedy) {
        return new SandboxException(step, call, PathBytes.shown(asked), errno, cause, remedy);
    }

    private static String refusal(int errno) {
        if (Errno.ENOENT.is(errno)) {
            return "the host has no such file";
        }
        return Errno.EACCES.is(errno) ? "a directory on the way may not be entered by this process" : "";
    }

    private static String remedy(int errno) {
        if (Errno.ENOENT.is(errno)) {
            return "create it, or correct the path";
        }
        return Errno.EACCES.is(errno) ? "check the permissions of its parents" : Calls.remedy(errno);
    }

    /** Throws if the file is not there. */
    void require() throws SandboxException {
        if (leafName != null && leafStat == null) {
            throw failure(
                    "openat", Errno.ENOENT.number(), refusal(Errno.ENOENT.number()), remedy(Errno.ENOENT.number()));
        }
    }

    /** Whether a sandbox was allowed to write to the directory of the last name, or to one above it. */
    boolean isGuestWritable() {
        return !frames.isEmpty() && frames.get(frames.size() - 1).ofGuest();
    }

    /** Whether others than root and this process could have given the file the name that it has there. */
    boolean isOfStrangers() {
        return isGuestWritable()
                || (!frames.isEmpty()
                        && DirectoryWriters.areStrangers(
                                frames.get(frames.size() - 1).stat()));
    }

    /** What is there and who decides on it. */
    HostPlace place() throws SandboxException {
        HostStat stat = leafStat != null ? leafStat : stat(directory);
        List<Frame> above = leafName != null || frames.isEmpty() ? frames : frames.subList(0, frames.size() - 1);
        HostPlace.Unsettled unsettled = unsettled(above, stat);
        boolean system = SystemDirectories.contain(PathBytes.path(realName()))
                || KnownDirectories.now()
                        .contain(
                                above.stream()
                                        .map(frame -> frame.stat().identity())
                                        .toList(),
                                stat.identity());
        return new HostPlace(stat.uid(), stat.gid(), stat.mode(), CallerIds.isOwn(stat.uid()), system, unsettled);
    }

    private HostPlace.@Nullable Unsettled unsettled(List<Frame> above, HostStat stat) {
        for (int i = 0; i < above.size(); i++) {
            if (above.get(i).ofGuest()) {
                return ofGuest(named(frames.subList(0, i + 1), null));
            }
        }
        if (isGuestWritable() || GuestWritable.OF_THIS_JVM.contains(stat.identity())) {
            return ofGuest(realName());
        }
        for (int i = 0; i < above.size(); i++) {
            HostStat directory = above.get(i).stat();
            String name = PathBytes.shown(named(frames.subList(0, i + 1), null));
            if (!CallerIds.trusts(directory.uid())) {
                return new HostPlace.Unsettled(
                        "user " + directory.uid() + ", whose directory " + name + " is, could have put it there",
                        false);
            } else if (!directory.isKept()) {
                return new HostPlace.Unsettled(
                        "somebody else could have put it there: others may write to " + name + ", which is not sticky",
                        false);
            }
        }
        return null;
    }

    private static HostPlace.Unsettled ofGuest(byte[] directory) {
        return new HostPlace.Unsettled(
                GuestWritable.OF_THIS_JVM.isOverfull()
                        ? "sandboxes of this JVM could write to more than " + GuestWritable.MAX
                                + " directories, and this may be one of them"
                        : "a sandbox of this JVM could write to " + PathBytes.shown(directory)
                                + ", so that what lies there may be its work",
                true);
    }

    private byte[] named(byte @Nullable [] name) {
        return named(frames, name);
    }

    private static byte[] named(List<Frame> frames, byte @Nullable [] name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        frames.forEach(frame -> {
            out.write('/');
            out.writeBytes(frame.name());
        });
        if (name != null) {
            out.write('/');
            out.writeBytes(name);
        }
        return out.size() == 0 ? new byte[] {'/'} : out.toByteArray();
    }

    /** Where the way led. */
    byte[] realName() {
        return named(leafName);
    }

    /** The directory of the last name. */
    int directory() {
        return directory;
    }

    /** The last name; null if the path is a directory by way of "/", "." or "..". */
    byte @Nullable [] leafName() {
        return leafName;
    }

    /** Null if there is no such file. */
    @Nullable
    HostStat leafStat() {
        return leafStat;
    }

    /** A descriptor that only says which file it is. */
    int leaf() {
        return leafName == null ? directory : leaf;
    }

    private void closeDirectory() {
        if (directory >= 0) {
            FileCall.CLOSE.call(directory);
            directory = -1;
        }
    }

    @Override
    public void close() {
        closeDirectory();
        if (leaf >= 0) {
            FileCall.CLOSE.call(leaf);
            leaf = -1;
        }
    }
}
