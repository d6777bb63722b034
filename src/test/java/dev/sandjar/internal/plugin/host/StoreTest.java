package dev.sandjar.internal.plugin.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long the jars of plugins are kept. */
class StoreTest {
    @TempDir
    Path directory;

    private Instant now = Instant.now();

    private Store store() throws IOException {
        return Store.in(directory.resolve("sandjar/plugins"), () -> now);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Set<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("sandjar/plugins"))) {
            return files.filter(file -> !file.endsWith("lock")).collect(Collectors.toSet());
        }
    }

    @Test
    void whatNobodyReadFor30DaysIsRemovedWhenAnArchiveIsMade() throws IOException {
        Store store = store();
        Path left = store.jar(bytes("left")).path();
        Path used = store.jar(bytes("used")).path();
        Path early = store.archive("early", file -> true);
        now = now.plus(Duration.ofDays(29));
        Path second = store.archive("second", file -> true);
        assertEquals(Set.of(left, used, early, second), kept());
        now = now.plus(Duration.ofDays(2));
        assertEquals(used, store.jar(bytes("used")).path());
        assertEquals(second, store.archive("second", file -> false), "it is there");
        assertEquals(Set.of(left, used, early, second), kept(), "none was made");
        Path third = store.archive("third", file -> true);
        assertEquals(Set.of(used, second, third), kept());
    }

    @Test
    void anArchiveThatIsNotMadeLeavesNothing() throws IOException {
        Path used = store().jar(bytes("used")).path();
        assertNull(store().archive("none", file -> false));
        assertEquals(Set.of(used), kept());
    }
}
