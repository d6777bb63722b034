package dev.sandjar.internal.hostfs;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;

/**
 * Who can make names in a directory of the host. Its owner can, and whoever its mode allows to write, but for two usual cases:
 *
 * <ul>
 *   <li>a sticky one, such as /tmp, where the kernel refuses hard links to what a user may not write ({@code fs.protected_hardlinks});
 *   <li>one that only its group may write to, if that is root's, or the group that this process's user has for itself: where users have
 *       such groups, their umask is 002, and so all that they make is the group's to write to.
 * </ul>
 */
final class DirectoryWriters {
    private static final int GROUP = 020;
    private static final int OTHERS = 002;
    private static final int STICKY = 01000;
    private static final long NONE = -1;

    /** The group of this process's user alone, if there is one. */
    private static final long OWN_GROUP = ownGroup();

    private static final boolean LINKS_ARE_PROTECTED = linksAreProtected();

    private DirectoryWriters() {}

    static boolean areStrangers(HostStat directory) {
        return areStrangers(directory, OWN_GROUP, LINKS_ARE_PROTECTED);
    }

    static boolean areStrangers(HostStat directory, long ownGroup, boolean linksAreProtected) {
        if (!CallerIds.trusts(directory.uid())) {
            return true;
        }
        boolean group = (directory.mode() & GROUP) != 0 && directory.gid() != 0 && directory.gid() != ownGroup;
        boolean others = (directory.mode() & OTHERS) != 0;
        boolean sticky = (directory.mode() & STICKY) != 0;
        return (group || others) && !(sticky && linksAreProtected);
    }

    /** By the rule of {@code pam_umask(8)}: it has the number or the name of the user. */
    private static long ownGroup() {
        Path self = Path.of("/proc/self");
        try {
            int uid = (int) Files.getAttribute(self, "unix:uid");
            int gid = (int) Files.getAttribute(self, "unix:gid");
            PosixFileAttributes names = Files.readAttributes(self, PosixFileAttributes.class);
            return uid == gid || names.owner().getName().equals(names.group().getName()) ? gid & 0xffffffffL : NONE;
        } catch (IOException e) {
            return NONE; // without /proc nobody's group is trusted
        }
    }

    private static boolean linksAreProtected() {
        try {
            return !BoundedReads.text(Path.of("/proc/sys/fs/protected_hardlinks"))
                    .strip()
                    .equals("0");
        } catch (IOException e) {
            return false;
        }
    }
}
