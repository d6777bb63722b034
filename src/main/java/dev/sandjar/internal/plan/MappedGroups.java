package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.internal.host.Accounts;

/**
 * Which groups of the host are whose on an idmapped bind. The group of a source becomes the program's, unless it is root's: root makes a
 * directory, gives it to a user, and leaves its own group on it, by which the program would read what root shows to its group alone.
 */
final class MappedGroups {
    private static final long NOBODY = 65534;

    private MappedGroups() {}

    /** A group of the block, counted from its first, that the program does not have and can't take; -1 if there is none. */
    static long ofNobody(Draft draft, Identity identity) {
        if (draft.request.process().capabilities().any().contains(Capability.SETGID)) {
            return -1;
        }
        Long own = identity.gid();
        for (long gid = NOBODY; gid >= draft.idMap.firstGid(); gid--) {
            boolean has = draft.request.groups().contains(gid) || (own == null ? 0 : own) == gid;
            if (!has && gid - draft.idMap.firstGid() < draft.idMap.privateBlock()) {
                return gid - draft.idMap.firstGid();
            }
        }
        return -1;
    }

    /**
     * The group of the host that is the program's on a source, and so that of what it makes there, without which the kernel lets it make
     * nothing. In place of root's it is one that the owner has anyway, or that nobody is in.
     */
    static long ofProgram(long uid, long gid, boolean ofRoot) {
        if (gid != 0 || ofRoot) {
            return gid;
        }
        long login = Accounts.groupOf(uid);
        return login > 0 ? login : NOBODY;
    }

    /**
     * The map for a source whose group is {@code gid}. A group that is not the program's becomes {@code nobody} of the block, so that the
     * supervisor has rights over the files and can mask some; if there is no such group it stays what it is, which is none inside.
     */
    static String map(long base, long gid, long nobody, long program, long own) {
        String line = program + " " + (base + own) + " 1\n";
        return program == gid ? line : gid + " " + (nobody < 0 ? gid : base + nobody) + " 1\n" + line;
    }
}
