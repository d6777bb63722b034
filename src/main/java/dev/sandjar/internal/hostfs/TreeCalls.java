package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.util.Errno;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Supplier;

/** System calls on a name in an open directory; what is refused is tried with the subordinate ids, where they are within reach. */
final class TreeCalls {
    final int fd;
    final boolean subordinates;
    /** The name for people, put into words only for a failure: most are opened for one of thousands of files. */
    private final Supplier<String> display;

    TreeCalls(int fd, Supplier<String> display, boolean subordinates) {
        this.fd = fd;
        this.display = display;
        this.subordinates = subordinates;
    }

    void one(FileCall call, String name, long a, long b, String step) throws SandboxException {
        int result = tryOne(call, name, a, b);
        if (result < 0) {
            check(result, step, call.name().toLowerCase(Locale.ROOT), name);
        }
    }

    int tryOne(FileCall call, String name, long a, long b) {
        byte[] bytes = HostTree.bytes(name);
        if (bytes.length > HostTree.PATH_MAX) {
            return -Errno.ENAMETOOLONG.number();
        }
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long result = call.call(fd, scratch.name(0, bytes), a, b);
            return after(result, SubordinateFiles.Call.of(number(call), fd, bytes, a, b));
        }
    }

    private static int number(FileCall call) {
        return switch (call) {
            case MKDIRAT -> SubordinateFiles.MKDIR;
            case MKNODAT -> SubordinateFiles.MKNOD;
            case UNLINKAT -> SubordinateFiles.UNLINK;
            case FCHMODAT -> SubordinateFiles.CHMOD;
            default -> throw new IllegalArgumentException(call.name());
        };
    }

    int after(long result, SubordinateFiles.Call call) {
        return subordinates ? SubordinateFiles.after(result, call) : (int) result;
    }

    boolean made(int result, String step, String call, String name) throws SandboxException {
        if (Errno.EEXIST.is(-result)) {
            return false;
        }
        check(result, step, call, name);
        return true;
    }

    /** The name is put into words only for a failure: most calls are one of thousands for a layer. */
    void check(long result, String step, String call, String name) throws SandboxException {
        if (result < 0) {
            throw Calls.failure(step, call, shown(name), (int) -result);
        }
    }

    /** The name of an entry for people. */
    String shown(String name) {
        return name.isEmpty()
                ? display.get()
                : display.get() + "/" + new String(HostTree.bytes(name), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return display.get();
    }
}
