package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.plugin.PluginException.Reason;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which worker a call gets. */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.USERNS, Feature.PROC})
class PluginPoolIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private PluginPoolBuilder<Everything> builder() throws IOException {
        return PluginPool.builder(Everything.class, Everything.Impl.class.getName())
                .classPath(PluginJars.jar(directory, Everything.Impl.class))
                .classDataArchive(false);
    }

    @Test
    void workersAreReusedWithinADomainAndNeverBeyond() throws Exception {
        try (PluginPool<Everything> pool = builder().maxWorkers(2).build()) {
            assertEquals(1, pool.get("a").count());
            assertEquals(2, pool.get("a").count());
            assertEquals(1, pool.get("b").count());
            assertEquals(3, pool.get("a").count());
            // There may be no third: one of the others is ended for it, and what it knew is gone.
            assertEquals(1, pool.get("c").count());
            assertEquals(3, pool.statistics().started());
            assertTrue(pool.statistics().workers() <= 2, pool::toString);
        }
    }

    @Test
    void noDomainIsTheEmptyOneOfACaller() throws Exception {
        try (PluginPool<Everything> pool = builder().maxWorkers(2).build()) {
            assertEquals(1, pool.get().count());
            assertEquals(1, pool.get("").count());
            assertEquals(2, pool.get().count());
        }
    }

    /** After a slow call another thread of the worker reads, and the first one has nothing to do. */
    @Test
    void aWorkerLivesOnWhenItsFirstThreadIsIdle() throws Exception {
        try (PluginPool<Everything> pool = builder().maxWorkers(1).build();
                Plugin<Everything> plugin = pool.take()) {
            plugin.get().sleep(200);
            assertFalse(
                    Await.within(Duration.ofSeconds(12), () -> ProcessHandle.of(plugin.pid())
                            .isEmpty()),
                    "the worker has ended");
            assertTrue(plugin.get().count() > 0);
            assertEquals(1, pool.statistics().started());
        }
    }

    @Test
    void warmWorkersAreReadyAndReplaced() throws Exception {
        try (PluginPool<Everything> pool = builder()
                .warm(1)
                .maxWorkers(2)
                .isolation(PluginIsolation.PER_CALL)
                .build()) {
            Set<Long> pids = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                assertTrue(Await.within(PATIENCE, () -> pool.statistics().idle() == 1), pool::toString);
                try (Plugin<Everything> plugin = pool.take()) {
                    assertEquals(1, plugin.get().count());
                    assertTrue(pids.add(plugin.pid()));
                }
            }
        }
    }

    /** Its worker takes longer to start than the call may: that time is not the call's. */
    @Test
    void aCallThatStartsItsWorkerHasAllOfItsTime() throws Exception {
        try (PluginPool<Slow> pool = PluginPool.builder(Slow.class, Slow.Impl.class.getName())
                .classPath(PluginJars.jar(directory, Slow.Impl.class))
                .classDataArchive(false)
                .callTimeout(Slow.START.minusSeconds(1))
                .build()) {
            assertEquals("here", pool.get().where());
        }
    }

    /** A contract of a plugin that is long in coming. */
    public interface Slow {
        Duration START = Duration.ofSeconds(6);

        String where();

        /** In the worker. */
        final class Impl implements Slow {
            private Impl() throws InterruptedException {
                Thread.sleep(START.toMillis());
            }

            @Override
            public String where() {
                return "here";
            }
        }
    }

    @Test
    void usedUpWorkersAreReplaced() throws Exception {
        try (PluginPool<Everything> pool = builder().maxUses(2).build()) {
            assertEquals(1, pool.get().count());
            assertEquals(2, pool.get().count());
            assertEquals(1, pool.get().count());
            assertEquals(0, pool.statistics().replaced());
        }
    }

    @Test
    void whoFindsNoneWaitsAndIsToldWhenItTakesTooLong() throws Exception {
        try (PluginPool<Everything> pool =
                builder().maxWorkers(1).callTimeout(Duration.ofSeconds(15)).build()) {
            Plugin<Everything> taken = pool.take();
            CompletableFuture<Integer> waiting =
                    CompletableFuture.supplyAsync(() -> pool.get().count());
            assertEquals(1, taken.get().count());
            taken.close();
            assertEquals(2, waiting.get());
            try (Plugin<Everything> again = pool.take()) {
                PluginException e =
                        assertThrows(PluginException.class, () -> pool.get().count());
                assertEquals(Reason.BUSY, e.reason());
                assertEquals(3, again.get().count());
            }
        }
    }

    @Test
    void idleWorkersEnd() throws Exception {
        try (PluginPool<Everything> pool =
                builder().maxIdle(Duration.ofMillis(50)).build()) {
            assertEquals(1, pool.get().count());
            assertTrue(Await.within(PATIENCE, () -> pool.statistics().workers() == 0), pool::toString);
            assertEquals(1, pool.get().count());
        }
    }

    @Test
    void idleWorkersAreFrozenAndThawed() throws Exception {
        try {
            Sandbox.builder().accounting().build().run("true");
        } catch (UnsupportedIsolationException e) {
            Assumptions.abort("no cgroups: " + e.getMessage());
        }
        try (PluginPool<Everything> pool =
                builder().freezeAfter(Duration.ofMillis(50)).build()) {
            for (int i = 1; i < 4; i++) {
                assertEquals(i, pool.get().count());
                assertTrue(Await.within(PATIENCE, () -> pool.statistics().frozen() == 1), pool::toString);
            }
        }
    }

    @Test
    void aWorkerThatDiesWhileNobodyUsesItIsReplaced() throws Exception {
        try (PluginPool<Everything> pool = builder().warm(1).maxWorkers(1).build()) {
            assertTrue(Await.within(PATIENCE, () -> pool.statistics().idle() == 1), pool::toString);
            long pid;
            try (Plugin<Everything> plugin = pool.take()) {
                pid = plugin.pid();
            }
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            assertTrue(Await.within(PATIENCE, () -> pool.statistics().replaced() == 1), pool::toString);
            assertTrue(Await.within(PATIENCE, () -> pool.statistics().idle() == 1), pool::toString);
            try (Plugin<Everything> plugin = pool.take()) {
                assertNotEquals(pid, plugin.pid());
            }
        }
    }

    /** Its constructor, its class path, its name. */
    @Test
    void pluginsThatCantBeMade() throws Exception {
        for (String wrong : new String[] {"no.such.Plugin", "java.lang.String"}) {
            try (PluginPool<Everything> pool = PluginPool.builder(Everything.class, wrong)
                    .classDataArchive(false)
                    .build()) {
                PluginException e =
                        assertThrows(PluginException.class, () -> pool.get().count());
                assertEquals(Reason.START_FAILED, e.reason());
                assertTrue(e.getMessage().contains(wrong), e::getMessage);
            }
        }
        assertThrows(
                IOException.class,
                () -> builder().classPath(directory.resolve("missing.jar")).build());
        PluginPool<Everything> closed = builder().build();
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.get().count());
    }

    @Test
    void workersThatCantBeStarted() throws Exception {
        try (PluginPool<Everything> pool =
                builder().jvmOptions("-XX:NoSuchOption").build()) {
            PluginException e =
                    assertThrows(PluginException.class, () -> pool.get().count());
            assertEquals(Reason.START_FAILED, e.reason());
            assertTrue(e.getMessage().contains("NoSuchOption"), e::getMessage);
        }
    }

    /** The other Java of this machine, if there is one. */
    @Test
    void anotherJava() throws Exception {
        Path java = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");
        Assumptions.assumeTrue(java.resolve("release").toFile().exists());
        try (PluginPool<Everything> pool =
                builder().jdk(java).classDataArchive(true).build()) {
            assertEquals(1, pool.get().count());
        }
    }
}
