package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.SubordinateMap;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.launcher.LauncherBinary;
import dev.sandjar.internal.launcher.LauncherEndedException;
import dev.sandjar.internal.launcher.Sender;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel refuses to this process, although its user has the ids: calls on files that belong to subordinate ids. They are done by
 * a process in a user namespace that newuidmap has given these ids (files/files.h), on directories whose descriptors it is passed. It is started
 * when it is first needed and ends with the last {@link Use}; outside of any, each call has one of its own. Thread-safe.
 */
public final class SubordinateFiles {
    static final int OPEN = 1;
    static final int MKDIR = 2;
    static final int MKNOD = 3;
    static final int CHOWN = 4;
    static final int UNLINK = 5;
    static final int LINK = 6;
    static final int SYMLINK = 7;
    static final int READLINK = 8;
    static final int CHMOD = 9;
    static final int TIMES = 10;
    static final int RENAME = 11;
    static final int STAT = 12;
    static final int SET_ATTRIBUTE = 13;
    static final int ATTRIBUTE = 14;
    static final int ATTRIBUTES = 15;
    static final int ATTRIBUTE_OF = 16;

    private static final String STEP = "get at files of subordinate ids";
    private static final String REMEDY =
            "let newuidmap(1) work: setuid root, and lines for this user in /etc/subuid and /etc/subgid";
    private static final byte[] NOTHING = new byte[0];
    private static final int STATX_UID = 20;
    private static final int STATX_GID = 24;

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static @Nullable Attempt last;
    private static int uses;

    private final Kernel kernel;
    private final SubordinateMap map;
    private final int socket;
    private final int pid;
    private long calls;

    private SubordinateFiles(Kernel kernel, SubordinateMap map, int socket, int pid) {
        this.kernel = kernel;
        this.map = map;
        this.socket = socket;
        this.pid = pid;
    }

    /**
     * One call; what is not needed is 0 or empty.
     *
     * @param second a further directory, or -1
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent
    record Call(
            int number, int directory, byte[] name, int second, byte[] other, long a, long b, long c, byte[] value) {
        static Call of(int number, int directory, byte[] name, long a, long b) {
            return new Call(number, directory, name, -1, NOTHING, a, b, 0, NOTHING);
        }

        static Call named(int number, int directory, byte[] name, String other) {
            return named(number, directory, name, other.getBytes(StandardCharsets.ISO_8859_1), NOTHING);
        }

        static Call named(int number, int directory, byte[] name, byte[] other, byte[] value) {
            return new Call(number, directory, name, -1, other, 0, 0, 0, value);
        }
    }

    /** @param result of the call, or an error number negated */
    @SuppressWarnings("ArrayRecordComponent") // made to be read
    record Answer(int result, byte[] bytes) {}

    /** @param failure why there is no process, null if there is one, or there are no ids for it */
    private record Attempt(@Nullable SubordinateFiles process, @Nullable SandboxException failure) {}

    /** As long as this is open, calls share a process. */
    public static final class Use implements AutoCloseable {
        private boolean open = true;

        private Use() {}

        @Override
        public void close() {
            LOCK.lock();
            try {
                if (open && --uses == 0) {
                    forget();
                }
                open = false;
            } finally {
                LOCK.unlock();
            }
        }
    }

    public static Use use() {
        LOCK.lock();
        try {
            uses++;
            return new Use();
        } finally {
            LOCK.unlock();
        }
    }

    private static void forget() {
        Attempt attempt = last;
        last = null;
        if (attempt != null && attempt.process != null) {
            attempt.process.end();
        }
    }

    /** Whether a call has failed as one on somebody else's file does. */
    static boolean refused(long result) {
        return Errno.EPERM.is((int) -result) || Errno.EACCES.is((int) -result);
    }

    /** What has been refused, done with the subordinate ids; the refusal where there are none that work. */
    static int after(long refusal, Call call) {
        if (!refused(refusal)) {
            return (int) refusal;
        }
        Answer answer = call(call);
        return answer == null ? (int) refusal : answer.result;
    }

    /** The same of a call that gives bytes, which are put where the refused one would have put them. */
    static int after(int refusal, Call call, FileCall.Scratch scratch, int offset) {
        Answer answer = refused(refusal) ? call(call) : null;
        if (answer == null) {
            return refusal;
        }
        scratch.write(offset, answer.bytes, 0, answer.bytes.length);
        return answer.result;
    }

    /** Null where there are no such ids, or they can't be had. */
    static @Nullable Answer call(Call call) {
        LOCK.lock();
        try {
            SubordinateFiles process = attempt().process;
            return process == null ? null : process.answer(call);
        } finally {
            if (uses == 0) {
                forget();
            }
            LOCK.unlock();
        }
    }

    /** As {@link #after}, but ids that are there and can't be had are reported. */
    static int require(long refusal, Call call) throws SandboxException {
        Use use = use();
        LOCK.lock();
        try {
            Answer answer = call(call);
            SandboxException failure = attempt().failure;
            if (answer == null && failure != null) {
                throw failure;
            }
            return answer == null ? (int) refusal : answer.result;
        } finally {
            LOCK.unlock();
            use.close();
        }
    }

    /** The ids that are there; null if there are none that work. */
    public static @Nullable SubordinateMap map() {
        LOCK.lock();
        try {
            SubordinateFiles process = attempt().process;
            return process == null ? null : process.map;
        } finally {
            if (uses == 0) {
                forget();
            }
            LOCK.unlock();
        }
    }

    private static Attempt attempt() {
        Attempt attempt = last;
        if (attempt == null) {
            try {
                attempt = new Attempt(start(), null);
            } catch (SandboxException e) {
                attempt = new Attempt(null, e);
            }
            last = attempt;
        }
        return attempt;
    }

    private static @Nullable SubordinateFiles start() throws SandboxException {
        SubordinateMap map;
        try {
            map = SubordinateMap.of(Host.detect(0));
        } catch (IOException e) {
            throw new SandboxException(STEP, "read", "/proc/self", 0, String.valueOf(e.getMessage()), "");
        }
        return map == null ? null : start(map);
    }

    private static SubordinateFiles start(SubordinateMap map) throws SandboxException {
        Kernel kernel = Kernel.get();
        int[] pair = new int[2];
        Calls.check(kernel.socketPair(pair), STEP, "socketpair", null);
        int pid;
        try {
            pid = LauncherBinary.spawnForFiles(kernel, pair[1], map.commands());
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(pair[0]);
            throw e;
        } finally {
            kernel.close(pair[1]);
        }
        SubordinateFiles process = new SubordinateFiles(kernel, map, pair[0], pid);
        // newuidmap and newgidmap run meanwhile.
        Poller.await(kernel, process.socket, Kernel.POLLIN);
        Answer greeting = process.receive(0);
        if (greeting.result != 0) {
            process.end();
            throw refusal(greeting.result, map);
        }
        return process;
    }

    private static SandboxException refusal(int result, SubordinateMap map) {
        if (result < 0) {
            return new SandboxException(
                    STEP,
                    null,
                    null,
                    -result,
                    "the process for it has ended",
                    "look into the host's log (dmesg(1)) whether it was killed, and check -Dsandjar.launcher");
        }
        int step = result >>> 16;
        int number = result & 0xffff;
        if (step == 3) {
            boolean users = number == 1;
            return new SandboxException(
                    STEP,
                    users ? "newuidmap" : "newgidmap",
                    users ? map.newuidmap() : map.newgidmap(),
                    0,
                    "it has refused the ids of " + (users ? "/etc/subuid" : "/etc/subgid"),
                    REMEDY);
        }
        return step == 2
                ? new SandboxException(
                        STEP,
                        "unshare",
                        null,
                        number,
                        Errno.ENOSPC.is(number)
                                ? "this user has as many user namespaces as user.max_user_namespaces allows"
                                : "this process may not make user namespaces",
                        Errno.ENOSPC.is(number)
                                ? "end some, or raise that limit (sysctl(8))"
                                : "allow them: java -jar sandjar.jar doctor says what forbids them")
                : new SandboxException(
                        STEP,
                        "clone",
                        null,
                        number,
                        Errno.EAGAIN.is(number) ? "the limit on processes is reached (ulimit -u, pids.max)" : "",
                        Errno.EAGAIN.is(number) ? "end processes, or raise that limit" : Calls.remedy(number));
    }

    private Answer answer(Call call) {
        Call sent = call.number == CHOWN ? translated(call) : call;
        if (sent == null) {
            return new Answer(-Errno.EINVAL.number(), NOTHING);
        }
        WireWriter body = new WireWriter()
                .u32(sent.number)
                .u64(sent.a)
                .u64(sent.b)
                .u64(sent.c)
                .u32(sent.name.length)
                .raw(sent.name)
                .raw(new byte[1])
                .u32(sent.other.length)
                .raw(sent.other)
                .raw(new byte[1])
                .u32(sent.value.length)
                .raw(sent.value);
        int[] fds = sent.second < 0 ? new int[] {sent.directory} : new int[] {sent.directory, sent.second};
        long id = ++calls;
        Answer answer;
        try {
            new Sender(kernel, socket).send(Frame.FILE, id, body.bytes(), fds);
            answer = receive(id);
        } catch (LauncherEndedException e) {
            answer = new Answer(-Errno.EIO.number(), NOTHING);
        } catch (SandboxException e) {
            answer = new Answer(e.errno() == 0 ? -Errno.EIO.number() : -e.errno(), NOTHING);
        }
        if (answer.result == -Errno.EIO.number()) {
            last = null;
            end();
        }
        return call.number == STAT && answer.result >= 0 ? ofHost(answer) : answer;
    }

    /** Null if one of the owners is not in the map. */
    private @Nullable Call translated(Call call) {
        long uid = map.uidInside(call.a);
        long gid = map.gidInside(call.b);
        return uid < 0 || gid < 0 ? null : Call.of(CHOWN, call.directory, call.name, uid, gid);
    }

    /** Owners are numbers as they are inside. */
    private Answer ofHost(Answer answer) {
        ByteBuffer status = ByteBuffer.wrap(answer.bytes).order(ByteOrder.LITTLE_ENDIAN);
        long uid = map.uid(Integer.toUnsignedLong(status.getInt(STATX_UID)));
        long gid = map.gid(Integer.toUnsignedLong(status.getInt(STATX_GID)));
        if (uid < 0 || gid < 0) {
            return new Answer(-Errno.EOVERFLOW.number(), NOTHING);
        }
        status.putInt(STATX_UID, (int) uid).putInt(STATX_GID, (int) gid);
        return answer;
    }

    /** EIO if the process has ended, or says what makes no sense. */
    private Answer receive(long id) {
        Kernel.Received received = kernel.receive(socket);
        int[] fds = received.length() < 0 ? new int[0] : received.fds();
        if (received.length() >= Frame.SIZE + Long.BYTES && !received.truncated() && fds.length <= 1) {
            ByteBuffer in = ByteBuffer.wrap(received.data()).order(ByteOrder.LITTLE_ENDIAN);
            // What was opened has the number that it got here.
            boolean right = in.getInt(0) == Frame.MAGIC && in.getShort(4) == Frame.FILE_DONE && in.getLong(8) == id;
            long result = in.getLong(Frame.SIZE);
            if (right && result == (int) result) {
                byte[] bytes = new byte[received.length() - Frame.SIZE - Long.BYTES];
                in.position(Frame.SIZE + Long.BYTES).get(bytes);
                return new Answer(fds.length == 1 ? fds[0] : (int) result, bytes);
            }
        }
        for (int fd : fds) {
            kernel.close(fd);
        }
        return new Answer(-Errno.EIO.number(), NOTHING);
    }

    private void end() {
        kernel.close(socket);
        kernel.waitFor(pid);
    }
}
