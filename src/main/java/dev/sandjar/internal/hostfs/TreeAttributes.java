package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.util.Errno;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Extended attributes of what lies in an open directory, of links themselves ({@code xattr(7)}). */
final class TreeAttributes {
    /** Attributes that the owner may set; for others more is needed than the owner's rights. */
    private static final String USERS = "user.";

    private static final int VALUE = FileCall.Scratch.THIRD;
    private static final int VALUE_MAX = 1 << 16;

    private final HostTree tree;
    private final int fd;
    private final boolean subordinates;

    TreeAttributes(HostTree tree, int fd, boolean subordinates) {
        this.tree = tree;
        this.fd = fd;
        this.subordinates = subordinates;
    }

    /** Sets an extended attribute; 0 or an error number negated. */
    int trySet(String name, String attribute, byte[] value) {
        if (value.length > VALUE_MAX || HostTree.bytes(attribute).length > 255) {
            return -Errno.E2BIG.number();
        }
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            scratch.write(VALUE, value, 0, value.length);
            long result = FileCall.LSETXATTR.call(
                    self(scratch, name),
                    scratch.name(FileCall.Scratch.SECOND, HostTree.bytes(attribute)),
                    scratch.address(VALUE),
                    value.length,
                    0);
            return subordinates && attribute.startsWith(USERS)
                    ? SubordinateFiles.after(
                            result,
                            SubordinateFiles.Call.named(
                                    SubordinateFiles.SET_ATTRIBUTE, fd, entry(name), HostTree.bytes(attribute), value))
                    : (int) result;
        }
    }

    /** The value, or null if there is none. */
    byte @Nullable [] get(String name, String attribute) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            int n = (int) FileCall.LGETXATTR.call(
                    self(scratch, name),
                    scratch.name(FileCall.Scratch.SECOND, HostTree.bytes(attribute)),
                    scratch.address(VALUE),
                    VALUE_MAX);
            n = orOf(n, SubordinateFiles.Call.named(SubordinateFiles.ATTRIBUTE, fd, entry(name), attribute), scratch);
            if (Errno.ENODATA.is(-n) || Errno.EOPNOTSUPP.is(-n)) {
                return null;
            }
            Calls.check(n, "read an attribute", "lgetxattr", tree.shown(name));
            return scratch.getByteArray(VALUE, n);
        }
    }

    /** Names of the extended attributes. */
    List<String> list(String name) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            int n = (int) FileCall.LLISTXATTR.call(self(scratch, name), scratch.address(VALUE), VALUE_MAX);
            n = orOf(n, SubordinateFiles.Call.of(SubordinateFiles.ATTRIBUTES, fd, entry(name), 0, 0), scratch);
            if (Errno.EOPNOTSUPP.is(-n)) {
                return List.of();
            }
            Calls.check(n, "list attributes", "llistxattr", tree.shown(name));
            String all = new String(scratch.getByteArray(VALUE, n), StandardCharsets.ISO_8859_1);
            return n == 0 ? List.of() : List.of(all.split("\0"));
        }
    }

    private static byte[] entry(String name) {
        return HostTree.named(name.isEmpty() ? "." : name);
    }

    /** The calls for attributes take no directory: the magic link of ours is the only one that is followed. */
    private long self(FileCall.Scratch scratch, String name) {
        byte[] prefix = HostTree.bytes("/proc/self/fd/" + fd + "/");
        byte[] last = entry(name);
        byte[] all = Arrays.copyOf(prefix, Math.min(prefix.length + last.length, HostTree.PATH_MAX));
        System.arraycopy(last, 0, all, prefix.length, all.length - prefix.length);
        return scratch.name(0, all);
    }

    /** What a call with subordinate ids has given, put where the refused one would have. */
    private int orOf(int result, SubordinateFiles.Call call, FileCall.Scratch scratch) {
        return subordinates ? SubordinateFiles.after(result, call, scratch, VALUE) : result;
    }
}
