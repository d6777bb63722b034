package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageLimits;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.KernelTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Virtual machines that use one store at the same time, and such as are killed meanwhile. */
@KernelTest
@Tag("once")
@Tag("heavy")
class SeveralJvmsIT {
    private static final int FILES = 3000;

    @TempDir
    Path directory;

    private Path store;
    private Path layout;

    @BeforeEach
    void make() throws IOException {
        store = directory.resolve("store");
        layout = Tars.layout(directory.resolve("layout"), layer("a"), layer("b"));
    }

    private static byte[] layer(String prefix) {
        Tars tar = Tars.tar();
        IntStream.range(0, FILES).forEach(i -> tar.file(prefix + i, "content " + i));
        return tar.bytes();
    }

    private Process jvm(int number) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoreMain.class.getName(),
                        store.toString(),
                        layout.toString())
                .redirectError(directory.resolve("error" + number).toFile())
                .start();
    }

    private String end(int number, Process jvm) throws Exception {
        String line = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, jvm.waitFor(), line + Files.readString(directory.resolve("error" + number)));
        return line;
    }

    private static List<Path> list(Path path) throws IOException {
        if (!Files.exists(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.sorted().toList();
        }
    }

    /** Of the layers, as many as there are whole ones. */
    private void assertWhole(Store own) throws IOException {
        String digest = own.load(layout, null).manifest().digest().toString();
        try (ImageRoot root = own.root(digest, Ownership.SQUASHED, "test")) {
            assertEquals(2, root.lower().size());
            for (Path layer : root.lower()) {
                assertEquals(FILES, list(layer).size());
                for (Path file : list(layer)) {
                    assertEquals("content " + file.getFileName().toString().substring(1), Files.readString(file));
                }
            }
        }
        own.prune();
        assertEquals(List.of(), list(store.resolve("work")));
    }

    /** Whether somebody is in the middle of a layer. */
    private boolean unpacks() {
        try (Stream<Path> files = Files.walk(store.resolve("work"))) {
            return files.anyMatch(file -> file.getFileName().toString().matches("[ab]\\d?\\d?00"));
        } catch (IOException | UncheckedIOException e) {
            return false; // it is made or removed at this moment
        }
    }

    @Test
    void theyMakeOneStore() throws Exception {
        List<Process> jvms = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            jvms.add(jvm(i));
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            lines.add(end(i, jvms.get(i)));
        }
        assertEquals(1, lines.stream().distinct().count(), lines.toString());
        assertWhole(new Store(store, ImageLimits.defaults(), null));
    }

    /** The one that waits for a layer of the killed one makes it itself. On a busy machine the first may be through before it is killed. */
    @Test
    void onesKilledInTheMiddleHoldUpNobody() throws Exception {
        int begun = 0;
        for (int i = 0; i < 2 || begun == 0 && i < 20; i++) {
            Process killed = jvm(0);
            boolean middle = Await.within(Duration.ofSeconds(30), () -> unpacks() || !killed.isAlive());
            Process other = jvm(1);
            begun += middle && killed.isAlive() ? 1 : 0;
            killed.destroyForcibly().waitFor();
            end(1, other);
            Store own = new Store(store, ImageLimits.defaults(), null);
            assertWhole(own);
            own.remove(own.list().get(0).manifest().digest().toString());
            own.prune();
            assertEquals(List.of(), list(store.resolve("work")));
        }
        assertTrue(begun > 0, "none was killed in the middle");
    }
}
