package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountTableTest {
    @TempDir
    Path directory;

    private MountTable table(String lines) {
        return MountTable.read(
                new RecordedHost(directory).file("/proc/self/mountinfo", lines).files());
    }

    @Test
    void theLongestMountPointDecidesAndTheLastOfSeveral() {
        MountTable table = table(
                """
                1 0 8:1 / / rw - ext4 /dev/sda rw
                2 1 8:2 / /home rw,noexec shared:1 master:2 - ext4 /dev/sdb rw
                3 2 0:9 / /home/ann/bin rw - tmpfs tmpfs rw
                4 1 0:9 / /srv rw - tmpfs tmpfs rw
                5 4 0:9 / /srv rw,noexec - tmpfs tmpfs rw
                """);
        assertTrue(table.isNoexec("/home/ann"));
        assertFalse(table.isNoexec("/home/ann/bin/x"));
        assertFalse(table.isNoexec("/homely"));
        assertTrue(table.isNoexec("/srv/x"));
        assertTrue(table.hasRoot());
        assertTrue(table.hasBelow("/") && table.hasBelow("/home") && table.hasBelow("/home/ann"));
        assertFalse(table.hasBelow("/home/ann/bin") || table.hasBelow("/srv") || table.hasBelow("/sr"));
    }

    @Test
    void namesWithSpacesAreDecoded() {
        MountTable table = table("1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /proc/a\\040b\\134c ro - tmpfs t rw\n");
        assertEquals(List.of("/proc/a b\\c"), table.masksOfProc());
        assertTrue(table.isReadOnly("/proc/a b\\c"));
    }

    @Test
    void garbageIsSkipped() {
        assertEquals(
                List.of(),
                table("\n- - -\nno dash at all here in this line\n1 2 3 4 5 6 -\n")
                        .mounts());
    }
}
