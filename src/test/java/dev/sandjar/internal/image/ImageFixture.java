package dev.sandjar.internal.image;

import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import dev.sandjar.testing.HostProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store, and images that are made for a test: a few programs of busybox, and who is asked for. */
abstract class ImageFixture {
    static final String CONFIG =
            "{\"Entrypoint\":[\"/bin/sh\",\"-c\"],\"Cmd\":[\"echo usual\"],\"Env\":[\"PATH=/bin\",\"FROM=image\"],"
                    + "\"WorkingDir\":\"/work\",\"User\":\"worker\",\"Volumes\":{\"/data/store\":{}},\"StopSignal\":\"SIGINT\","
                    + "\"Labels\":{\"a\":\"b\"}}";

    @TempDir
    Path directory;

    ImageStore store;

    static boolean isEmpty(Path path) {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    @BeforeEach
    void openStore() throws IOException {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        store = ImageStore.open(directory.resolve("store"));
    }

    static Tars base() throws IOException {
        Tars tar = Tars.tar();
        for (String name : List.of("bin", "etc", "tmp", "home")) {
            tar.directory(name);
        }
        tar.entry("bin/busybox", TarEntry.Type.FILE, 0755, "", Files.readAllBytes(Path.of("/bin/busybox")), Map.of());
        for (String name : List.of("sh", "cat", "id", "ls", "rm", "mkdir", "find", "stat", "env", "sleep")) {
            tar.symlink("bin/" + name, "busybox");
        }
        return tar.file("etc/mark", "base");
    }

    static Tars withUsers(Tars tar) {
        return tar.file("etc/passwd", "root:x:0:0::/:/bin/sh\nworker:x:1000:1001::/home:/bin/sh\n")
                .file("etc/group", "root:x:0:\nworkers:x:1001:\nextra:x:1005:worker\n");
    }

    Image load(String config, byte[]... layers) throws IOException {
        List<Digest> ids = Stream.of(layers).map(Digest::of).toList();
        return store.load(Tars.layout(directory.resolve("layout-" + System.nanoTime()), List.of(layers), ids, config));
    }

    static Sandbox sandbox(RootFs root) {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(root).build();
    }
}
