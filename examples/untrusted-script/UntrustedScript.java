import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Runs two hostile scripts outside and inside of a sandbox, and shows side by side how far they get. */
public final class UntrustedScript {
    private static final Path SCRIPTS = Path.of(System.getProperty("example.directory"));
    private static final String SECRET = System.getenv("EXAMPLE_SECRET");
    /** What only the host's root may do: the others are refused outside, too. */
    private static final Set<String> FOR_ROOT = Set.of("read /etc/shadow", "change the host name");

    private record Attempt(boolean succeeded, String detail) {}

    private final ServerSocket service = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Path directory = Files.createTempDirectory("sandjar-example");
    private final Path secretFile = Files.createTempFile(home(), ".sandjar-example", ".txt");
    private boolean asExpected = true;

    private UntrustedScript() throws IOException {
        Files.writeString(secretFile, SECRET);
        Thread server = new Thread(this::serve, "service");
        server.setDaemon(true);
        server.start();
    }

    public static void main(String[] args) throws Exception {
        UntrustedScript example = new UntrustedScript();
        try {
            example.compare("/usr/bin/python3", "hostile.py");
            example.compare("/bin/bash", "hostile.sh");
        } finally {
            Files.delete(example.directory);
            Files.delete(example.secretFile);
        }
        String user = powerful() ? "" : " that this user may do";
        System.out.println(
                example.asExpected
                        ? "All of it" + user + " worked outside, none of it inside."
                        : "NOT AS EXPECTED, see above.");
        System.exit(example.asExpected ? 0 : 1);
    }

    private void compare(String interpreter, String script) throws Exception {
        Map<String, Attempt> outside = attack(script, arguments -> {
            // As if a library had opened a directory and forgotten to close it.
            ProcessBuilder builder =
                    new ProcessBuilder("/bin/bash", "-c", "exec 7</; exec \"$@\"", "bash", interpreter);
            builder.command().add(SCRIPTS.resolve(script).toString());
            builder.command().addAll(arguments);
            builder.environment().remove("EXAMPLE_SECRET");
            Process process = builder.redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes());
            // It has its name only when it has forked twice and run a shell.
            for (int i = 0; i < 200 && script.equals("hostile.sh") && daemons().isEmpty(); i++) {
                Thread.sleep(100);
            }
            return said;
        });

        Sandbox sandbox = Sandbox.untrusted()
                .file("/attack/" + script, Files.readAllBytes(SCRIPTS.resolve(script)), 0644)
                .build();
        Map<String, Attempt> inside = attack(script, arguments -> {
            String[] all = Stream.concat(Stream.of("/attack/" + script), arguments.stream())
                    .toArray(String[]::new);
            return sandbox.run(Command.of(interpreter, all).mergeStderr())
                    .orThrow()
                    .stdout();
        });
        print(script, outside, inside);
    }

    private interface Attack {
        String run(List<String> arguments) throws Exception;
    }

    /** Believes no script: what it did to the host is looked up there. */
    private Map<String, Attempt> attack(String script, Attack attack) throws Exception {
        Process victim = new ProcessBuilder("sleep", "600").start();
        try {
            String output = attack.run(List.of(
                    secretFile.toString(),
                    SECRET,
                    directory.toString(),
                    Integer.toString(service.getLocalPort()),
                    Long.toString(victim.pid())));
            Map<String, Attempt> attempts = new LinkedHashMap<>();
            for (String line : output.lines().toList()) {
                String[] parts = line.split("\t", 3);
                if (parts.length == 3) {
                    attempts.put(parts[0], new Attempt(parts[1].equals("yes"), parts[2]));
                } else {
                    System.out.println(script + ": " + line);
                    asExpected = false;
                }
            }
            if (attempts.get("kill another process").succeeded()) {
                victim.waitFor();
            }
            List<Path> written = list(directory);
            for (Path file : written) {
                Files.delete(file);
            }
            List<ProcessHandle> daemons = daemons();
            daemons.forEach(ProcessHandle::destroyForcibly);
            found(attempts, "kill another process", !victim.isAlive());
            found(attempts, "write to the host", !written.isEmpty());
            found(attempts, "leave a daemon behind", !daemons.isEmpty());
            return attempts;
        } finally {
            victim.destroyForcibly().waitFor();
        }
    }

    private void found(Map<String, Attempt> attempts, String name, boolean happened) {
        attempts.computeIfPresent(
                name,
                (key, said) -> said.succeeded() == happened
                        ? said
                        : new Attempt(happened, happened ? "it happened" : "it had no effect on the host"));
    }

    private void print(String script, Map<String, Attempt> outside, Map<String, Attempt> inside) {
        System.out.printf("%n%-34s | %-44s | %s%n", script, "outside", "inside");
        System.out.println("-".repeat(35) + "+" + "-".repeat(46) + "+" + "-".repeat(46));
        outside.forEach((name, out) -> {
            Attempt in = inside.getOrDefault(name, new Attempt(true, "was not tried"));
            boolean excused = FOR_ROOT.contains(name) && !powerful();
            asExpected &= (out.succeeded() || excused) && !in.succeeded();
            System.out.printf("%-34s | %-44s | %s%n", name, describe(out), describe(in));
        });
        asExpected &= outside.size() > 10 && inside.keySet().equals(outside.keySet());
    }

    private static String describe(Attempt attempt) {
        return (attempt.succeeded() ? "YES  " : "no   ") + attempt.detail();
    }

    private void serve() {
        while (true) {
            try (Socket socket = service.accept()) {
                socket.getOutputStream().write("hello\n".getBytes());
            } catch (IOException e) {
                return;
            }
        }
    }

    private static List<ProcessHandle> daemons() {
        return ProcessHandle.allProcesses()
                .filter(p -> name(p).equals("daemon-" + SECRET))
                .toList();
    }

    private static String name(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .split("\0")[0];
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static Path home() {
        Path home = Path.of(System.getProperty("user.home"));
        return Files.isWritable(home) ? home : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Whether this is root with the right to administer the machine (CAP_SYS_ADMIN is bit 21). */
    private static boolean powerful() {
        try {
            String capabilities = Files.readString(Path.of("/proc/self/status"))
                    .replaceAll("(?s).*CapEff:\\s*(\\p{XDigit}+).*", "$1");
            boolean whole =
                    Files.readString(Path.of("/proc/self/uid_map")).trim().matches("0 +0 +4294967295");
            return whole && (Long.parseUnsignedLong(capabilities, 16) >>> 21 & 1) != 0;
        } catch (IOException e) {
            return false;
        }
    }
}
