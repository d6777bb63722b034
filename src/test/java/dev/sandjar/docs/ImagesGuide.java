package dev.sandjar.docs;

import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import java.nio.file.Path;

/** The example of the guide to images; the archive that it names is the reader's. */
final class ImagesGuide {
    private ImagesGuide() {}

    static void images() throws Exception {
        // tag::images
        ImageStore store = ImageStore.open(); // ~/.cache/sandjar/images, an OCI layout itself
        Image image = store.load(Path.of("archive.tar")); // or store.pull("registry.example/team/tool:1"),
        // or pull(name, Registry.configured().plainHttp()), or importRoot(Path.of("root.tar"), "my/base:1")
        Sandbox sandbox = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
        RunResult result = sandbox.run(image.command()); // entrypoint and cmd; command("...") replaces cmd
        System.out.print(result.stdout());

        Sandbox keeping = Sandbox.untrusted()
                .rootfs(RootFs.image(image).keepChanges(Path.of("/var/tmp")))
                .build();
        try (SandboxProcess process = keeping.start(image.command("make"))) {
            System.out.println(process.waitForReport().verdict());
            store.save(store.commit(image, process, "example/built:1"), Path.of("built.tar")); // skopeo: oci-archive:
            process.changes().discard(); // or they stay, in a new directory below /var/tmp
        }
        store.remove("example/built:1");
        store.prune(); // what nothing refers to and no sandbox uses
        // end::images
    }
}
