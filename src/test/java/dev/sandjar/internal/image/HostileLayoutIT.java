package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts whose files are not what they should be: nobody waits for them, and the image is what is wrong. */
@KernelTest
@Tag("once")
class HostileLayoutIT {
    @TempDir
    Path directory;

    private ImageStore store;
    private Path layout;

    @BeforeEach
    void make() throws IOException {
        store = ImageStore.open(directory.resolve("store"));
        layout = Tars.layout(
                directory.resolve("layout"), Tars.tar().file("file", "content").bytes());
    }

    private String refusal() {
        return assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThrows(ImageException.class, () -> store.load(layout))
                        .getMessage());
    }

    private static void pipe(Path path) throws Exception {
        Files.delete(path);
        assertEquals(0, HostProgram.run("mkfifo", path.toString()).exit());
    }

    private List<Path> blobs() throws IOException {
        try (var files = Files.list(layout.resolve("blobs/sha256"))) {
            return files.toList();
        }
    }

    @Test
    void pipesInPlaceOfFiles() throws Exception {
        store.load(layout);
        for (Path blob : blobs()) {
            Path store2 = Files.createTempDirectory(directory, "store");
            store = ImageStore.open(store2);
            byte[] content = Files.readAllBytes(blob);
            pipe(blob);
            assertTrue(refusal().contains("is not a regular file"), this::refusal);
            Files.delete(blob);
            assertTrue(refusal().contains("the layout is not complete"), this::refusal);
            Files.createDirectory(blob);
            assertTrue(refusal().contains("is not a regular file"), this::refusal);
            Files.delete(blob);
            Files.write(blob, content);
        }
        pipe(layout.resolve("index.json"));
        assertTrue(refusal().contains("is not a regular file"), this::refusal);
        pipe(layout.resolve("oci-layout"));
        assertTrue(refusal().contains("is not a regular file"), this::refusal);
    }

    @Test
    void manyNamesTakeNoLongerThanTheirNumber() throws Exception {
        String digest = "\",\"digest\":\"sha256:" + "0".repeat(64) + "\",\"size\":1,\"annotations\":{\""
                + Descriptor.REF_NAME + "\":\"n";
        StringBuilder index = new StringBuilder("{\"schemaVersion\":2,\"manifests\":[");
        int count = 9_900;
        for (int i = 0; i < count; i++) {
            index.append(i == 0 ? "" : ",")
                    .append("{\"mediaType\":\"" + MediaTypes.MANIFEST)
                    .append(digest)
                    .append(i)
                    .append("\"}}");
        }
        Files.writeString(layout.resolve("index.json"), index.append("]}"));
        // Time of this thread, whatever else the machine does.
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        String refusal =
                assertThrows(ImageException.class, () -> store.load(layout)).getMessage();
        Duration taken = Duration.ofNanos(threads.getCurrentThreadCpuTime() - start);
        assertTrue(
                refusal.contains("it holds " + count + " images"),
                () -> refusal.substring(0, Math.min(200, refusal.length())));
        assertTrue(taken.compareTo(Duration.ofSeconds(4)) < 0, taken.toString());
    }
}
