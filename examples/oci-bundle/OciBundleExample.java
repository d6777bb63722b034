import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.oci.InvalidBundleException;
import dev.sandjar.oci.OciBundle;
import dev.sandjar.oci.OciContainer;
import dev.sandjar.oci.OciState;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Runs a bundle of the OCI runtime specification, with hooks and without a container engine. */
public final class OciBundleExample {
    private OciBundleExample() {}

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("oci-bundle");
        try {
            makeRoot(directory);
            String config = Files.readString(Path.of(System.getProperty("example.directory"), "config.json"))
                    .replace("@LOG@", directory.resolve("hooks.log").toString())
                    .replace("\"@UID@\"", id("-u"))
                    .replace("\"@GID@\"", id("-g"));
            Files.writeString(directory.resolve("config.json"), config);
            show(directory);
        } finally {
            delete(directory);
        }
    }

    private static void show(Path directory) throws IOException, InterruptedException {
        OciBundle bundle = OciBundle.load(directory);
        System.out.println("What is stricter than the configuration asks for:");
        bundle.notes().forEach(note -> System.out.println("  " + note));

        RunResult result =
                bundle.sandbox().run("sh", "-c", "hostname; id -u; (echo x > /x) 2>/dev/null || echo read-only");
        expect(result.stdout().equals("box\n0\nread-only\n"), "one program in its sandbox, without hooks");

        try (OciContainer container = OciContainer.create("example", bundle)) {
            expect(container.state().status() == OciState.Status.CREATED, "created: all is there but the program");
            System.out.print("\n" + container.state().toJson() + "\n");
            SandboxProcess process = container.start();
            expect(
                    process.inputReader().readLine().equals("hello from box"),
                    "started: " + process.pid() + " on the host");
            expect(process.waitFor() == 0, "it has ended with 0");
            expect(container.state().status() == OciState.Status.STOPPED, "stopped");
            container.delete();
        }
        List<String> hooks = Files.readAllLines(directory.resolve("hooks.log"));
        expect(
                hooks.equals(List.of(
                        "createRuntime creating", "createContainer creating", "poststart running", "poststop stopped")),
                "hooks and what state they were told: " + hooks);

        OciBundle again = OciBundle.parse(directory, bundle.toConfigJson());
        expect(again.sandbox().equals(bundle.sandbox()), "written and read again it is the same sandbox");
        expect(bundle.toConfigJson().contains("com.example.unknown"), "with the field that nobody knows");

        String odd = bundle.toConfigJson().replace("\"RLIMIT_NOFILE\"", "\"RLIMIT_LUCK\"");
        try {
            OciBundle.parse(directory, odd);
            expect(false, "an odd limit is refused");
        } catch (InvalidBundleException e) {
            expect(e.jsonPath().equals("/process/rlimits/0/type"), "refused: " + e.getMessage());
        }
    }

    private static void makeRoot(Path directory) throws IOException, InterruptedException {
        Path bin = Files.createDirectories(directory.resolve("rootfs/bin"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        new File(bin.toFile(), "busybox").setExecutable(true, false);
        for (String name : List.of("sh", "hostname", "id", "echo")) {
            Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
        }
        new ProcessBuilder("chmod", "-R", "go+rX", directory.toString()).start().waitFor();
    }

    private static String id(String option) throws IOException {
        return new String(new ProcessBuilder("id", option)
                        .start()
                        .getInputStream()
                        .readAllBytes())
                .strip();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static void expect(boolean truth, String statement) {
        System.out.println((truth ? "ok   " : "NOT  ") + statement);
        if (!truth) {
            System.exit(1);
        }
    }
}
