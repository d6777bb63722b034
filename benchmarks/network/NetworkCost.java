import dev.sandjar.Command;
import dev.sandjar.Limits;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One stream of bytes over a port that a sandbox shares with the host, beside the same programs over the host's loopback, in rounds that
 * take turns: what counts are ratios within a round.
 */
public final class NetworkCost {
    private static final int INSIDE = 8080;

    private final String program;
    private final int mebibytes;
    private final int rounds;

    private NetworkCost(String program, int mebibytes, int rounds) {
        this.program = program;
        this.mebibytes = mebibytes;
        this.rounds = rounds;
    }

    /** The folder of the program {@code stream}, how many MiB, how many rounds. */
    public static void main(String[] args) throws Exception {
        new NetworkCost(Path.of(args[0], "stream").toString(), Integer.parseInt(args[1]), Integer.parseInt(args[2]))
                .run();
    }

    private void run() throws Exception {
        Process sink = new ProcessBuilder(program, "sink", "0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(sink.getInputStream()))) {
            int port = Integer.parseInt(out.readLine());
            Sandbox server = with(Network.loopback().publish(INSIDE));
            Sandbox client = with(Network.loopback().hostPort(port));
            try (SandboxProcess inside = server.start(Command.of(program, "sink", Integer.toString(INSIDE)))) {
                inside.inputReader().readLine();
                measure(port, inside.publishedPort(INSIDE), client);
            }
        } finally {
            sink.destroyForcibly();
        }
    }

    private Sandbox with(Network network) {
        return Sandbox.untrusted()
                .network(network)
                .limits(Limits.none())
                .timeout(Duration.ofHours(1))
                .bounds(b -> b.cpuTime(Duration.ofHours(1)))
                .bindReadOnly(Path.of(program), program)
                .build();
    }

    private void measure(int loopback, int published, Sandbox client) throws Exception {
        List<Double> direct = new ArrayList<>();
        List<Double> publish = new ArrayList<>();
        List<Double> hostPort = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double base = outside(loopback);
            double in = outside(published);
            double out = rate(client.run(program, "source", Integer.toString(loopback), Integer.toString(mebibytes))
                    .stdout());
            if (round > 0) { // the first warms up
                direct.add(base);
                publish.add(in / base);
                hostPort.add(out / base);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%nOne TCP stream of %d MiB, %d rounds; medians, and the least and most of a round.%n%n",
                mebibytes,
                rounds);
        System.out.println("| over | GiB/s | of loopback |\n| --- | --- | --- |");
        System.out.printf(Locale.ROOT, "| loopback of the host | %.2f | 1 |%n", median(direct));
        print("`publish`, to a server inside", direct, publish);
        print("`hostPort`, from a program inside", direct, hostPort);
    }

    private static void print(String what, List<Double> direct, List<Double> ratios) {
        List<Double> sorted = ratios.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f | %.2f (%.2f to %.2f) |%n",
                what,
                median(direct) * median(ratios),
                median(ratios),
                sorted.get(0),
                sorted.get(sorted.size() - 1));
    }

    private double outside(int port) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program, "source", Integer.toString(port), Integer.toString(mebibytes))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        if (process.waitFor() != 0) {
            throw new IOException("the source has failed at port " + port);
        }
        return rate(text);
    }

    /** GiB/s. */
    private double rate(String nanos) {
        return mebibytes / 1024.0 / (Long.parseLong(nanos.strip()) / 1e9);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
