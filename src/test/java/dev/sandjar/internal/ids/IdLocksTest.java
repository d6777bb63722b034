package dev.sandjar.internal.ids;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the lock of ids is. */
class IdLocksTest {
    private static final String NAME = "sandjar/ids.lock";

    @TempDir
    Path directory;

    /** All of the host have it in common, whatever some of them have named. */
    @Test
    void isInRunWhereThatCanBeWritten() throws Exception {
        Path run = Files.createDirectory(directory.resolve("run"));
        assertEquals(run.resolve(NAME), IdLocks.file(run, null));
        assertEquals(run.resolve(NAME), IdLocks.file(run, directory.resolve("named")));
    }

    @Test
    void isInTheNamedDirectoryElsewhere() {
        Path run = directory.resolve("missing");
        assertEquals(directory.resolve("named").resolve(NAME), IdLocks.file(run, directory.resolve("named")));
        assertEquals(run.resolve(NAME), IdLocks.file(run, null), "which is what the message names");
    }
}
