package dev.sandjar.internal.reuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.kernel.NativeBuffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
    @TempDir
    Path parent;

    private final Watched kernel = new Watched();
    private Path directory;

    /** Counts looks, and makes everything older than it is. */
    private static final class Watched extends ForwardingKernel {
        private long older = TimeUnit.SECONDS.toNanos(10);
        private int looks;

        @Override
        public void identify(NativeBuffer path, long[] out, int at) {
            looks++;
            super.identify(path, out, at);
            if (out[at + CHANGED] != 0) {
                out[at + CHANGED] -= older;
            }
        }

        int looksOf(Runnable work) {
            int before = looks;
            work.run();
            return looks - before;
        }
    }

    @BeforeEach
    void make() throws IOException {
        directory = Files.createDirectory(parent.resolve("d"));
        for (String name : List.of("a", "b", "c")) {
            Files.writeString(directory.resolve(name), name);
        }
    }

    private Sources sources() {
        return Sources.of(
                kernel,
                new HostMounts(kernel),
                Stream.of(file("a"), file("b"), file("c"), parent.toString(), "/proc/self", "/proc/sys")
                        .map(path -> path.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    @Test
    void aDirectoryThatIsTheSameAnswersForItsFiles() {
        Sources sources = sources();
        assertEquals(4, kernel.looksOf(() -> assertFalse(sources.hasChanged())));
    }

    @Test
    void oneThatHasJustChangedDoesNot() {
        kernel.older = 0;
        Sources sources = sources();
        assertEquals(6, kernel.looksOf(() -> assertFalse(sources.hasChanged())));
    }

    @Test
    void anotherFileInItsPlaceIsAChange() throws IOException {
        Sources sources = sources();
        Files.writeString(directory.resolve("new"), "b");
        assertEquals(7, kernel.looksOf(() -> assertFalse(sources.hasChanged())), "the directory, and each file");
        Files.move(directory.resolve("new"), directory.resolve("b"), StandardCopyOption.REPLACE_EXISTING);
        assertTrue(sources.hasChanged());
        assertFalse(sources.again().hasChanged());
    }

    @Test
    void contentIsNone() throws IOException {
        Sources sources = sources();
        Files.writeString(directory.resolve("b"), "other");
        assertFalse(sources.hasChanged());
    }

    @Test
    void whatIsGoneIsAChange() throws IOException {
        Sources sources = sources();
        Files.delete(directory.resolve("c"));
        assertTrue(sources.hasChanged());
    }

    @Test
    void anotherDirectoryInItsPlaceIsAChange() throws IOException {
        Sources sources = sources();
        Files.move(directory, parent.resolve("old"));
        assertTrue(sources.hasChanged());
        make();
        assertTrue(sources.hasChanged());
        assertFalse(sources.again().hasChanged());
    }

    @Test
    void aLinkInItsPlaceIsAChange() throws IOException {
        Sources sources = sources();
        Files.move(directory.resolve("a"), directory.resolve("z"));
        Files.createSymbolicLink(directory.resolve("a"), Path.of("z"));
        assertTrue(sources.hasChanged());
    }
}
