package dev.sandjar.internal.plan;

/** Whose the files of an idmapped mount are, in the words of {@code uid_map} ({@code user_namespaces(7)}). Immutable. */
sealed interface MountIds {
    /** A mount whose files belong to whom they belong to. */
    MountIds NONE = new Fixed("", "");

    /** @param base the first host id of the sandbox's private block */
    String uids(long base);

    String gids(long base);

    /** The same for every sandbox. */
    record Fixed(String uids, String gids) implements MountIds {
        @Override
        public String uids(long base) {
            return uids;
        }

        @Override
        public String gids(long base) {
            return gids;
        }
    }

    /**
     * One user and one group become ids of the block.
     *
     * @param hostUid of the host's files
     * @param uid counted from the block's first
     * @param hostGid of the host's files
     * @param gid counted from the block's first; negative if the group stays what it is
     */
    record Owner(long hostUid, long uid, long hostGid, long gid) implements MountIds {
        @Override
        public String uids(long base) {
            return hostUid + " " + (base + uid) + " 1\n";
        }

        @Override
        public String gids(long base) {
            return hostGid + " " + (gid < 0 ? hostGid : base + gid) + " 1\n";
        }
    }

    /**
     * The same, where the program's group on the mount is another than that of the source: {@link MappedGroups#map}.
     *
     * @param nobody a group of the block that the program does not have, or -1
     * @param group the host's group that is the program's
     */
    record OwnerAndGroup(long hostUid, long uid, long hostGid, long nobody, long group, long gid) implements MountIds {
        @Override
        public String uids(long base) {
            return hostUid + " " + (base + uid) + " 1\n";
        }

        @Override
        public String gids(long base) {
            return MappedGroups.map(base, hostGid, nobody, group, gid);
        }
    }
}
