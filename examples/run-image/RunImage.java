import dev.sandjar.Command;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.image.Image;
import dev.sandjar.image.ImageStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Loads what "docker save" writes, runs it, shows what the run changed, and keeps that as an image of its own. Without an argument the
 * archive is made here from busybox; with one it is a file of yours.
 */
public final class RunImage {
    private RunImage() {}

    public static void main(String[] args) throws Exception {
        Path work = Files.createTempDirectory("sandjar-run-image");
        try {
            run(args.length > 0 ? Path.of(args[0]) : BusyboxArchive.make(work), args.length > 0, work);
        } finally {
            new ProcessBuilder("sh", "-c", "chmod -R u+rwx \"$0\"; rm -rf \"$0\"", work.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    private static void run(Path archive, boolean foreign, Path work) throws Exception {
        ImageStore store = ImageStore.open(work.resolve("store"));
        Image image = store.load(archive);
        System.out.println("Loaded " + image + ", " + image.layers().size() + " layer(s), " + image.size() + ", for "
                + image.platform());

        Sandbox sandbox = Sandbox.untrusted()
                .rootfs(RootFs.image(image).keepChanges(Files.createDirectory(work.resolve("changes"))))
                .build();
        sandbox.explain().entries().stream()
                .filter(entry -> entry.request().startsWith("root file system"))
                .forEach(entry -> System.out.println(entry.request() + " (" + entry.mechanism() + ")\n"));

        Command command = foreign ? image.command() : image.command("id; pwd; echo note > note; rm motd; ls -la");
        System.out.println("$ " + command);
        try (SandboxProcess process = sandbox.start(command)) {
            process.getOutputStream().close();
            System.out.println(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            System.out.println("It ended as " + process.waitForReport().verdict());
            ChangeSet changes = process.changes();
            System.out.println("\nWhat it changed:");
            changes.all().forEach(System.out::println);

            Image made = store.commit(image, process, "example/changed:1");
            System.out.println("Kept as " + made + ", " + made.layers().size() + " layers");
            if (!foreign) {
                expect(changes.text("/home/worker/note").equals("note\n"), "the new file is there");
                expect(
                        changes.deleted().stream()
                                .anyMatch(change -> change.path().equals("/home/worker/motd")),
                        "the deleted file is deleted");
                Sandbox second = Sandbox.untrusted().rootfs(RootFs.image(made)).build();
                String seen = second.run(made.command("cat note; test -e motd || echo gone"))
                        .stdout();
                expect(seen.equals("note\ngone\n"), "the new image has the changes");
                Sandbox again = Sandbox.untrusted().rootfs(RootFs.image(image)).build();
                String before = again.run(image.command("cat motd")).stdout();
                expect(before.equals("welcome\n"), "the first one has not");
            }
        }
    }

    private static void expect(boolean truth, String statement) {
        System.out.println((truth ? "ok   " : "NOT  ") + statement);
        if (!truth) {
            throw new IllegalStateException(statement);
        }
    }

    /** What docker save would write of an image that has nothing but busybox. */
    private static final class BusyboxArchive {
        static Path make(Path work) throws Exception {
            String script = String.join(
                    "\n",
                    "set -e; cd \"$0\"; mkdir -p root/bin root/etc root/tmp root/home/worker save",
                    "cp \"$(command -v busybox)\" root/bin/busybox",
                    "for x in sh ls id cat rm pwd; do ln -s busybox root/bin/$x; done",
                    "echo welcome > root/home/worker/motd",
                    "echo 'worker:x:1000:1000::/home/worker:/bin/sh' > root/etc/passwd",
                    "tar --numeric-owner --owner=0 --group=0 -C root -cf save/layer.tar bin etc tmp",
                    "tar --numeric-owner --owner=1000 --group=1000 -C root -rf save/layer.tar home/worker",
                    "id=$(sha256sum < save/layer.tar | cut -d' ' -f1)",
                    "echo '{\"architecture\":\"'$1'\",\"os\":\"linux\",\"config\":{\"User\":\"worker\",\"WorkingDir\":\"/home/worker\",'"
                            + "'\"Env\":[\"PATH=/bin\"],\"Entrypoint\":[\"/bin/sh\",\"-c\"]},'"
                            + "'\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:'$id'\"]}}' > save/config.json",
                    "echo '[{\"Config\":\"config.json\",\"RepoTags\":[\"example/busybox:1\"],\"Layers\":[\"layer.tar\"]}]'"
                            + " > save/manifest.json",
                    "tar -C save -cf archive.tar manifest.json config.json layer.tar");
            String machine = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
            List<String> command = List.of("sh", "-c", script, work.toString(), machine);
            int status = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (status != 0) {
                throw new IllegalStateException(
                        "making the archive needs tar and busybox: apt-get install busybox-static");
            }
            return work.resolve("archive.tar");
        }
    }
}
