package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries of plugins bring native code along, which they unpack to where they may write, and load from there. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class WorkerProgramsIT {
    /** A plugin that unpacks something. */
    public interface Unpacker {
        /** The canonical name of a library of the machine that was loaded from a copy in java.io.tmpdir. */
        String load() throws Exception;
    }

    /** Copies a library of the JDK that nothing has loaded, as JNA and others do with their own. */
    public static final class Impl implements Unpacker {
        @Override
        public String load() throws Exception {
            Path library = Path.of(System.getProperty("java.home"), "lib", "libmlib_image.so");
            if (!Files.exists(library)) {
                library = Path.of(System.getProperty("java.home"), "lib", "libprefs.so");
            }
            File copy = File.createTempFile("unpacked", ".so");
            Files.write(copy.toPath(), Files.readAllBytes(library));
            System.load(copy.getPath());
            return copy.getParent();
        }
    }

    @TempDir
    Path directory;

    @Test
    void workersLoadWhatTheyUnpack() throws Exception {
        try (PluginPool<Unpacker> pool = PluginPool.builder(Unpacker.class, Impl.class.getName())
                .classPath(PluginJars.jar(directory, Impl.class))
                .classDataArchive(false)
                .build()) {
            assertEquals("/tmp", pool.get("a").load());
        }
    }

    @Test
    void exceptWhereTheSandboxIsNoexec() throws Exception {
        try (PluginPool<Unpacker> pool = PluginPool.builder(Unpacker.class, Impl.class.getName())
                .classPath(PluginJars.jar(directory, Impl.class))
                .classDataArchive(false)
                .sandbox(Sandbox.untrusted()
                        .without(Limit.TIMEOUT, Limit.CPU_TIME)
                        .mounts(m -> m.noexec())
                        .build())
                .build()) {
            PluginException e =
                    assertThrows(PluginException.class, () -> pool.get("a").load());
            assertTrue(e.getMessage().contains("UnsatisfiedLinkError"), e.getMessage());
        }
    }
}
