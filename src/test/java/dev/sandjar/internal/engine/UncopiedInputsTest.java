package dev.sandjar.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Mount;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import dev.sandjar.internal.image.Tars;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UncopiedInputsTest {
    @TempDir
    private Path directory;

    private Path make(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    private static Map<Path, String> ofRoot(RootFs root) {
        return UncopiedInputs.of(Sandbox.builder().rootfs(root).build());
    }

    @Test
    void whatTheProgramMayWriteToAndWhatIsMountedExactly() throws IOException {
        Path writable = make("writable");
        Path exact = make("exact");
        Path lower = make("lower");
        Path upper = make("upper");
        Path file = Files.createFile(directory.resolve("file"));
        Sandbox sandbox = Sandbox.builder()
                .rootfs(RootFs.empty())
                .bindReadOnly(make("copied"), "/a")
                .bind(writable, "/b")
                .bind(file, "/c")
                .mount(Mount.bind(exact, "/d"))
                .mount(Mount.overlay(List.of(lower), "/e").upper(upper, make("work")))
                .build();
        Map<Path, String> uncopied = UncopiedInputs.of(sandbox);
        assertEquals(Set.of(writable, exact, lower, upper), uncopied.keySet());
        assertEquals(
                Set.of(writable, upper),
                uncopied.entrySet().stream()
                        .filter(entry -> entry.getValue().startsWith("the program may write to it"))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet()));
    }

    /** Each kind of root is told, or is one of which copies are made, or shows nothing of the host. */
    @Test
    void everyKindOfRoot() throws IOException {
        Path root = make("root");
        Image image = ImageStore.open(directory.resolve("store"))
                .load(Tars.image(directory.resolve("layout"), "{\"User\":\"0:0\"}"));
        Map<RootFs, Set<Path>> told = Map.of(
                RootFs.host(), Set.of(Path.of("/")),
                RootFs.hostReadOnly(), Set.of(Path.of("/")),
                RootFs.directory(root), Set.of(root),
                RootFs.image(image), Set.of(image.store()),
                RootFs.overlay(root), Set.of(),
                RootFs.tmpfs(dev.sandjar.DataSize.mebibytes(1)), Set.of());
        told.forEach((kind, paths) -> assertEquals(paths, ofRoot(kind).keySet(), kind.toString()));
        assertTrue(ofRoot(RootFs.directoryWritable(root)).get(root).startsWith("the program may write to it"));
        assertEquals(
                Stream.of(RootFs.class.getPermittedSubclasses()).collect(Collectors.toSet()),
                told.keySet().stream().map(Object::getClass).collect(Collectors.toSet()));
    }
}
