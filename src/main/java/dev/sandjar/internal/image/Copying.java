package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.InputStream;

/** Copies single files between directories of ours. */
final class Copying {
    private Copying() {}

    /** What is zero becomes a hole: a file that takes no room, such as an image may have, would else take all. */
    static void content(HostTree from, String name, HostTree to, String newName, byte[] buffer) throws IOException {
        try (InputStream in = from.read(name).content();
                HostFile out = to.create(newName)) {
            long position = 0;
            long end = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!isZero(buffer, n)) {
                    out.write(buffer, 0, n, position);
                    end = position + n;
                }
                position += n;
            }
            if (end < position) {
                out.truncate(position);
            }
        }
    }

    private static boolean isZero(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Owner, permissions, attributes and times. */
    static void description(HostTree from, String name, HostTree.Stat stat, HostTree to, String newName, boolean owner)
            throws IOException {
        if (owner) {
            to.chown(newName, stat.uid(), stat.gid());
        }
        if (stat.type() != HostTree.S_IFLNK) {
            to.chmod(newName, stat.mode());
        }
        for (String attribute : from.xattrs(name)) {
            byte[] value = Attributes.isKept(attribute) ? from.xattr(name, attribute) : null;
            int result = value == null ? 0 : to.trySetXattr(newName, attribute, value);
            if (result < 0 && !Errno.EOPNOTSUPP.is(-result)) {
                throw new SandboxException("copy attribute " + attribute, "lsetxattr", newName, -result, "", "");
            }
        }
        to.times(newName, stat.seconds(), stat.nanoseconds());
    }
}
