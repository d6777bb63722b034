import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Two network namespaces and a veth pair between them, made by {@code ip(8)}, with a sink in one of them. They last until it is closed. */
final class Veth implements AutoCloseable {
    private static final String ADDRESS = "10.9.0.2";

    private final String program;
    private final List<Process> processes = new ArrayList<>();

    private Veth(String program) {
        this.program = program;
    }

    /** Null where this process is not root, or there is no {@code ip}. */
    static Veth open(String program, int port) throws IOException, InterruptedException {
        if (!canMake()) {
            return null;
        }
        Veth veth = new Veth(program);
        try {
            Process here = veth.namespace();
            Process there = veth.namespace();
            inside(
                    here,
                    "ip",
                    "link",
                    "add",
                    "here",
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "there",
                    "netns",
                    "" + there.pid());
            inside(here, "ip", "addr", "add", "10.9.0.1/24", "dev", "here");
            inside(here, "ip", "link", "set", "here", "up");
            inside(there, "ip", "addr", "add", ADDRESS + "/24", "dev", "there");
            inside(there, "ip", "link", "set", "there", "up");
            Process sink = veth.start(command(there, program, "sink", Integer.toString(port), "0.0.0.0"));
            new BufferedReader(new InputStreamReader(sink.getInputStream(), StandardCharsets.US_ASCII)).readLine();
            return veth;
        } catch (IOException | InterruptedException | RuntimeException e) {
            veth.close();
            throw e;
        }
    }

    static boolean canMake() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
                && List.of("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip").stream()
                        .anyMatch(p -> Files.isExecutable(Path.of(p)));
    }

    /** What {@code source} prints. */
    String source(int port, int mebibytes) throws IOException, InterruptedException {
        Process here = processes.get(0);
        return run(command(here, program, "source", Integer.toString(port), Integer.toString(mebibytes), ADDRESS));
    }

    private Process namespace() throws IOException {
        Process process = start(List.of("unshare", "--net", "sh", "-c", "echo; exec cat"));
        process.getInputStream().read(); // it is there
        return process;
    }

    private Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        processes.add(process);
        return process;
    }

    private static List<String> command(Process namespace, String... words) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=/proc/" + namespace.pid() + "/ns/net"));
        all.addAll(List.of(words));
        return all;
    }

    private static void inside(Process namespace, String... words) throws IOException, InterruptedException {
        run(command(namespace, words));
    }

    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        if (process.waitFor() != 0) {
            throw new IOException(command + " has failed");
        }
        return text;
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }
}
