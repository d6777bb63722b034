import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.Sandjar;
import dev.sandjar.UnsupportedIsolationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code sandjar-run}, started by ProcessBuilder as other tools are. */
final class Frozen {
    private Frozen() {}

    static List<Contender> contenders(Contender.Programs programs) throws IOException {
        Path directory = Files.createTempDirectory(programs.directory().getParent(), "frozen");
        Path command = Sandjar.extractRun(directory);
        Sandbox untrusted = Contender.untrusted(programs);
        return List.of(
                contender(
                        "sandjar-run, as bubblewrap",
                        "what the command of bubblewrap asks for, no filter",
                        command,
                        asBubblewrap(programs),
                        directory.resolve("bubblewrap.plan"),
                        programs),
                contender(
                        "sandjar-run of untrusted(), no limits",
                        "all namespaces, filter; no cgroups",
                        command,
                        untrusted.toBuilder().without(Limit.values()),
                        directory.resolve("unlimited.plan"),
                        programs));
    }

    private static Contender contender(
            String name, String what, Path command, SandboxBuilder policy, Path plan, Contender.Programs programs)
            throws IOException {
        try {
            policy.build().freeze(plan);
        } catch (UnsupportedIsolationException e) {
            System.err.println("benchmarks: without " + name + ": " + e.getMessage());
        }
        return Contender.others(
                name, what, List.of(command.toString(), plan.toString(), "--", programs.guest(programs.run())));
    }

    /** What {@link Others} has bubblewrap do. */
    private static SandboxBuilder asBubblewrap(Contender.Programs programs) {
        SandboxBuilder builder = Sandbox.builder()
                .userNamespace()
                .namespaces(n -> n.noNestedUserNamespaces())
                .pidNamespace()
                .mountNamespace()
                .networkNamespace()
                .ipcNamespace()
                .utsNamespace("sandbox")
                .cgroupNamespace()
                .user(1000, 1000)
                .rootfs(RootFs.empty())
                .bindReadOnly(Path.of("/usr"), "/usr");
        for (String name : List.of("bin", "sbin", "lib", "lib64", "lib32", "libx32")) {
            Path path = Path.of("/", name);
            if (Files.isSymbolicLink(path)) {
                builder.symlink("/" + name, "usr/" + name);
            } else if (Files.exists(path)) {
                builder.bindReadOnly(path, "/" + name);
            }
        }
        for (String name : List.of(
                "ld.so.cache", "alternatives", "localtime", "nsswitch.conf", "protocols", "services", "ssl/certs")) {
            Path path = Path.of("/etc", name);
            if (Files.exists(path)) {
                builder.bindReadOnly(path, "/etc/" + name);
            }
        }
        return builder.proc()
                .dev()
                .tmpfs("/tmp", DataSize.mebibytes(64))
                .bindReadOnly(programs.directory(), Contender.Programs.GUEST)
                .workingDirectory("/tmp")
                .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .env("HOME", "/tmp")
                .timeout(Duration.ofMinutes(1));
    }
}
