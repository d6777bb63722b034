import dev.sandjar.Command;
import dev.sandjar.Limits;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.SandboxNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One stream of bytes over each way that a sandbox has to others, beside the same programs over the host's loopback, in rounds that
 * take turns: what counts are ratios within a round. Then what a member of a network costs.
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

    /** One way that a stream takes. */
    private interface Way {
        double measure() throws Exception;
    }

    private double inside(Sandbox client, int port, String address) throws Exception {
        return rate(client.run(program, "source", Integer.toString(port), Integer.toString(mebibytes), address)
                .stdout());
    }

    private void measure(int loopback, int published, Sandbox client) throws Exception {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put("`publish`, to a server inside", () -> outside(published));
        ways.put("`hostPort`, from a program inside", () -> inside(client, loopback, "127.0.0.1"));
        // The first name of a network has this address.
        Sandbox egress = with(Network.egress(EgressRule.allow("stream.test", loopback)
                        .withAddresses(AddressRange.of("127.0.0.0/8"))
                        .anyProtocol())
                .resolver(name -> List.of(InetAddress.getByName("127.0.0.1"))));
        ways.put("`egress`, to a host by its name", () -> inside(egress, loopback, "198.18.0.1"));
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Sandbox server = with(Network.attached(lan.member("server")));
            Sandbox member = with(Network.attached(lan));
            try (SandboxProcess sink = server.start(Command.of(program, "sink", Integer.toString(INSIDE), "0.0.0.0"));
                    Veth veth = Veth.open(program, INSIDE)) {
                sink.inputReader().readLine();
                ways.put(
                        "the bridge of a `SandboxNetwork`, from member to member",
                        () -> inside(member, INSIDE, lan.addresses(sink).get(0).getHostAddress()));
                if (veth != null) {
                    ways.put("a veth pair of `ip link`, without Sandjar", () -> rate(veth.source(INSIDE, mebibytes)));
                }
                measure(loopback, ways);
            }
        }
        new MemberCost(program).run();
    }

    private void measure(int loopback, Map<String, Way> ways) throws Exception {
        List<Double> direct = new ArrayList<>();
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            double base = outside(loopback);
            boolean counts = round > 0; // the first warms up
            if (counts) {
                direct.add(base);
            }
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                double rate = way.getValue().measure();
                if (counts) {
                    ratios.computeIfAbsent(way.getKey(), key -> new ArrayList<>())
                            .add(rate / base);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%nOne TCP stream of %d MiB, %d rounds; medians, and the least and most of a round.%n%n",
                mebibytes,
                rounds);
        System.out.println("| over | GiB/s | of loopback |\n| --- | --- | --- |");
        System.out.printf(Locale.ROOT, "| loopback of the host | %.2f | 1 |%n", median(direct));
        ratios.forEach((what, each) -> print(what, direct, each));
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

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
