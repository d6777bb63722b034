package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the jars of plugins are kept, if it can't be there. */
class PluginStoreTest {
    @TempDir
    Path directory;

    @Test
    void aHomeThatCantBeWrittenIsSaidWithWhatHelps() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "in the way");
        String before = System.getProperty("sandjar.dir");
        System.setProperty("sandjar.dir", file.toString());
        try {
            SandboxException e = assertThrows(
                    SandboxException.class, () -> PluginPool.builder(Everything.class, Everything.Impl.class.getName())
                            .classPath(PluginJars.jar(directory, Everything.Impl.class))
                            .build());
            assertEquals("keep the jars of a plugin", e.step());
            assertEquals(file.resolve("sandjar/plugins").toString(), e.path().orElseThrow());
            assertTrue(e.remedy().contains("-Dsandjar.dir="), e::getMessage);
        } finally {
            if (before == null) {
                System.clearProperty("sandjar.dir");
            } else {
                System.setProperty("sandjar.dir", before);
            }
        }
    }
}
