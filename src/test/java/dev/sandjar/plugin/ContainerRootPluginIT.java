package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins where the host is root of a container, without CAP_SYS_ADMIN. */
@KernelTest
@NeedsHost({Feature.DOCKER_ROOT, Feature.USERNS, Feature.PROC})
class ContainerRootPluginIT {
    @TempDir
    Path directory;

    @Test
    void poolsServe() throws Exception {
        try (PluginPool<Everything> pool = PluginPool.builder(Everything.class, Everything.Impl.class.getName())
                .classPath(PluginJars.jar(directory, Everything.Impl.class))
                .build()) {
            assertEquals(1, pool.get().count());
            assertEquals(2, pool.get().count());
        }
    }
}
