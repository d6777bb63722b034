package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose names a directory has. */
class DirectoryWritersTest {
    private static final long OWN_GROUP = 1000;

    @ParameterizedTest
    @CsvSource({
        "0755, 0, 5000, true, false",
        "0755, 5000, 0, true, true", // its owner's
        "0775, 0, 5000, true, true",
        "0775, 0, 1000, true, false", // as umask 002 makes all directories of users who have groups of their own
        "0775, 0, 0, true, false",
        "0757, 0, 1000, true, true",
        "0777, 0, 1000, true, true",
        "1777, 0, 0, true, false", // as /tmp
        "1777, 0, 0, false, true",
        "1775, 0, 5000, false, true",
        "2775, 0, 5000, true, true",
    })
    void modesAndOwners(String mode, long uid, long gid, boolean linksAreProtected, boolean strangers) {
        HostStat stat =
                new HostStat(0040000 | Integer.parseInt(mode, 8), 2, uid, gid, new GuestWritable.Identity(1, 1, 1));
        assertEquals(strangers, DirectoryWriters.areStrangers(stat, OWN_GROUP, linksAreProtected));
    }
}
