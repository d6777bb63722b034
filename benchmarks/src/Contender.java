import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One way to start a program and to wait for its end, with pipes for its three streams as both sides have by default. */
record Contender(String name, String what, Start start) {
    static final String PLAIN = "Sandbox.builder()";
    static final String LIMITED = "... with limits";
    static final String UNTRUSTED = "Sandbox.untrusted()";
    static final String UNLIMITED = "... without limits";

    interface Start {
        int run() throws IOException, InterruptedException;
    }

    static List<Contender> all(Path program) {
        String guest = "/bench/" + program.getFileName();
        List<Contender> all = new ArrayList<>();
        all.add(processBuilder("ProcessBuilder", "no isolation", List.of(program.toString())));
        Sandbox floor = Sandbox.builder().build();
        all.add(sandbox(PLAIN, "the floor only", floor, program.toString()));
        Sandbox limited = Sandbox.builder()
                .memoryLimit(DataSize.mebibytes(256))
                .cpuLimit(1)
                .pidsLimit(64)
                .build();
        all.add(sandbox(LIMITED, "the floor, in cgroups", limited, program.toString()));
        Sandbox untrusted = untrusted(program);
        all.add(sandbox(UNTRUSTED, "everything on", untrusted, guest));
        Sandbox unlimited = untrusted.toBuilder().without(Limit.values()).build();
        all.add(sandbox(UNLIMITED, "everything but limits", unlimited, guest));
        for (String directory : List.of("/usr/bin", "/usr/local/bin", "/bin")) {
            if (Files.isExecutable(Path.of(directory, "bwrap"))) {
                List<String> command = bubblewrap(directory + "/bwrap", program.getParent(), guest);
                all.add(processBuilder("bubblewrap", "the same isolation, by ProcessBuilder", command));
                break;
            }
        }
        return all;
    }

    static Sandbox untrusted(Path program) {
        return Sandbox.untrusted().bindReadOnly(program.getParent(), "/bench").build();
    }

    /**
     * What {@link Sandbox#untrusted()} does, as far as bubblewrap can: it has no time namespace, no keyring, no range of ids
     * and no hidepid, and binds fewer files of /etc here; so it has less to do.
     */
    private static List<String> bubblewrap(String bwrap, Path directory, String guest) {
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
        command.addAll(List.of("--ro-bind", directory.toString(), "/bench", "--remount-ro", "/", "--chdir", "/tmp"));
        command.addAll(List.of("--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"));
        command.addAll(List.of("--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", "/tmp"));
        command.addAll(List.of("--", guest));
        return command;
    }

    private static Contender processBuilder(String name, String what, List<String> command) {
        return new Contender(name, what, () -> {
            Process process = new ProcessBuilder(command).start();
            int code = process.waitFor();
            process.getInputStream().close();
            process.getErrorStream().close();
            process.getOutputStream().close();
            return code;
        });
    }

    /** Whether there are cgroups for limits here; why not is what the error says. */
    boolean canStart() throws IOException, InterruptedException {
        try {
            start.run();
            return true;
        } catch (UnsupportedIsolationException e) {
            System.err.println("benchmarks: without \"" + what + "\": " + e.getMessage());
            return false;
        }
    }

    private static Contender sandbox(String name, String what, Sandbox sandbox, String program) {
        Command command = Command.of(program);
        return new Contender(name, what, () -> {
            try (SandboxProcess process = sandbox.start(command)) {
                return process.waitFor();
            }
        });
    }
}
