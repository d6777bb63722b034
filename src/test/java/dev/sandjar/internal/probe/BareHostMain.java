package dev.sandjar.internal.probe;

import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@link BareHostIT} does where something is missing that most hosts have. */
final class BareHostMain {
    private BareHostMain() {}

    public static void main(String[] arguments) throws Exception {
        try {
            switch (arguments[0]) {
                case "untrusted" ->
                    System.out.println(Sandbox.untrusted()
                            .build()
                            .run("echo", "ran")
                            .orThrow()
                            .stdout());
                case "plain" ->
                    System.out.println(Sandbox.builder()
                            .build()
                            .run("/bin/echo", "ran")
                            .orThrow()
                            .stdout());
                case "kept" ->
                    System.out.println(Sandbox.untrusted()
                            .rootfs(RootFs.overlay(Path.of("/usr")).keepChanges(Path.of(arguments[1])))
                            .build()
                            .run("true"));
                case "everything" -> everything(Path.of(arguments[1]));
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        } catch (SandboxException | ImageException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    /** Of the core, with limits, images and events in which nobody is interested. */
    private static void everything(Path directory) throws Exception {
        RunResult result = Sandbox.hermetic()
                .hostPrograms()
                .build()
                .run("sh", "-c", "echo hermetic; echo new >out")
                .orThrow();
        System.out.print(result.stdout());
        try (var changes = result.changes().orElseThrow()) {
            System.out.print(changes.text("/work/out"));
        }
        System.out.println(Sandbox.untrusted()
                .memoryLimit(DataSize.mebibytes(64))
                .build()
                .explain()
                .isPossible());
        ImageStore store = ImageStore.open(directory.resolve("store"));
        Path root = Files.createDirectories(directory.resolve("root/etc"));
        Files.writeString(root.resolve("mark"), "of an image");
        Process tar = new ProcessBuilder(
                        "tar",
                        "-cf",
                        directory.resolve("root.tar").toString(),
                        "-C",
                        root.getParent().toString(),
                        ".")
                .inheritIO()
                .start();
        if (tar.waitFor() != 0) {
            throw new IllegalStateException("tar has failed");
        }
        Image image = store.importRoot(directory.resolve("root.tar"), "example/root:1");
        System.out.println(Sandbox.untrusted()
                // Others' files could not be removed afterwards.
                .userNamespace(IdMapping.single())
                .rootfs(RootFs.image(image))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .symlink("/lib64", "usr/lib64")
                .symlink("/lib", "usr/lib")
                .build()
                .run("/usr/bin/cat", "/etc/mark")
                .orThrow()
                .stdout());
        store.prune();
        try {
            store.pull("registry.invalid/none/none:1");
        } catch (IOException e) {
            System.out.println("pull: " + e.getMessage());
        }
    }
}
