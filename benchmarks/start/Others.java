import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What others offer for the same, started by ProcessBuilder, where it is installed. */
final class Others {
    private Others() {}

    static List<Contender> installed(Contender.Programs programs) throws IOException {
        List<Contender> all = new ArrayList<>();
        String guest = programs.guest(programs.run());
        Optional<String> bwrap = find("bwrap");
        if (bwrap.isPresent()) {
            all.add(Contender.others(
                    "bubblewrap", "all namespaces but time, no filter", bubblewrap(bwrap.get(), programs, guest)));
        }
        Optional<String> runc = find("runc");
        if (runc.isPresent()) {
            Path bundle = bundle(programs);
            AtomicInteger number = new AtomicInteger();
            all.add(Contender.others(
                    "runc run",
                    "all namespaces but user and time, capabilities dropped",
                    () -> List.of(
                            runc.get(),
                            "run",
                            "--bundle",
                            bundle.toString(),
                            "sandjar-benchmark-" + number.incrementAndGet())));
        }
        Optional<String> firejail = find("firejail");
        if (firejail.isPresent()) {
            List<String> command = List.of(
                    firejail.get(),
                    "--quiet",
                    "--noprofile",
                    "--net=none",
                    "--private-dev",
                    "--private-tmp",
                    "--caps.drop=all",
                    "--seccomp",
                    "--nonewprivs",
                    programs.run().toString());
            all.add(Contender.others("firejail", "mount, PID, network and IPC namespaces, its filter", command));
        }
        Optional<String> nspawn = find("systemd-nspawn");
        if (nspawn.isPresent() && Files.isDirectory(Path.of("/run/systemd/system"))) {
            List<String> command = List.of(
                    nspawn.get(),
                    "--quiet",
                    "--directory=/",
                    "--volatile=yes",
                    "--private-network",
                    "--register=no",
                    "--keep-unit",
                    programs.run().toString());
            all.add(Contender.others("systemd-nspawn", "all namespaces but user and time, its filter", command));
        }
        return all;
    }

    private static Optional<String> find(String name) {
        return List.of("/usr/bin/", "/usr/local/bin/", "/bin/", "/usr/sbin/").stream()
                .map(directory -> directory + name)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst();
    }

    /**
     * What {@link dev.sandjar.Sandbox#untrusted()} does, as far as bubblewrap can: it has no time namespace, no keyring, no range of ids,
     * no filter of its own and no hidepid, and binds fewer files of /etc here; so it has less to do.
     */
    private static List<String> bubblewrap(String bwrap, Contender.Programs programs, String guest) {
        List<String> command = new ArrayList<>(List.of(bwrap, "--unshare-all", "--unshare-user", "--disable-userns"));
        command.addAll(List.of("--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--ro-bind", "/usr", "/usr"));
        for (String name : List.of("bin", "sbin", "lib", "lib64", "lib32", "libx32")) {
            Path path = Path.of("/", name);
            if (Files.isSymbolicLink(path)) {
                command.addAll(List.of("--symlink", "usr/" + name, "/" + name));
            } else if (Files.exists(path)) {
                command.addAll(List.of("--ro-bind", "/" + name, "/" + name));
            }
        }
        for (String name :
                List.of("ld.so.cache", "alternatives", "localtime", "nsswitch.conf", "protocols", "services")) {
            command.addAll(List.of("--ro-bind-try", "/etc/" + name, "/etc/" + name));
        }
        command.addAll(List.of("--ro-bind-try", "/etc/ssl/certs", "/etc/ssl/certs"));
        command.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--size", "67108864", "--tmpfs", "/tmp"));
        command.addAll(List.of(
                "--ro-bind",
                programs.directory().toString(),
                Contender.Programs.GUEST,
                "--remount-ro",
                "/",
                "--chdir",
                "/tmp"));
        command.addAll(List.of("--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"));
        command.addAll(List.of("--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", "/tmp"));
        command.addAll(List.of("--", guest));
        return command;
    }

    /** As `runc spec` writes it, with our program for a root. */
    private static Path bundle(Contender.Programs programs) throws IOException {
        Path bundle = Files.createTempDirectory(programs.directory().getParent(), "bundle");
        Files.createDirectories(bundle.resolve("rootfs/proc"));
        Files.copy(programs.run(), bundle.resolve("rootfs/true"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(
                bundle.resolve("config.json"),
                """
                {"ociVersion": "1.0.2",
                 "process": {"terminal": false, "user": {"uid": 1000, "gid": 1000}, "args": ["/true"], "env": ["PATH=/"], "cwd": "/",
                             "capabilities": {}, "noNewPrivileges": true},
                 "root": {"path": "rootfs", "readonly": true}, "hostname": "sandbox",
                 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
                 "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}]}}
                """);
        return bundle;
    }
}
