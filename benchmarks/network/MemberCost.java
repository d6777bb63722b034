import dev.sandjar.Command;
import dev.sandjar.Limits;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.SandboxNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What it costs that a sandbox is a member of a network: a start with it, less one without. Beside it a C program that sends the same
 * messages, less one that only makes the namespace, and the same by commands of {@code ip(8)}, in turns.
 */
final class MemberCost {
    /** Nowhere below what is private to each start: the mount is shared by all. */
    private static final String GUEST = "/pause";

    private static final int TURNS = 100;
    private static final int WARM = 100;
    private static final int CROWD = 200;
    private static final int EDGE = 40;
    private static final double MICROS = 1e3;

    private final String pause;
    private final String member;

    /** In the folder of the program there are also {@code pause} and {@code member}. */
    MemberCost(String program) {
        Path folder = Path.of(program).getParent();
        this.pause = folder.resolve("pause").toString();
        this.member = folder.resolve("member").toString();
    }

    void run() throws Exception {
        if (!Veth.canMake()) {
            System.out.println("\nWhat a member costs is measured as root, where there is ip(8).");
            return;
        }
        try (SandboxNetwork lan = SandboxNetwork.builder()
                .subnet("10.7.0.0/16")
                .subnet("fd07::/64")
                .open()) {
            Sandbox attached = with(Network.attached(lan));
            compare(attached, with(Network.loopback()));
            crowd(attached);
        }
    }

    private Sandbox with(Network network) {
        return Sandbox.untrusted()
                .network(network)
                .limits(Limits.none())
                .timeout(Duration.ofHours(1))
                .bounds(b -> b.cpuTime(Duration.ofHours(1)))
                .bindReadOnly(Path.of(pause), GUEST)
                .build();
    }

    private SandboxProcess start(Sandbox sandbox) throws IOException {
        SandboxProcess process = sandbox.start(Command.of(GUEST));
        process.getInputStream().read(); // it runs
        return process;
    }

    private double once(Sandbox sandbox) throws Exception {
        long begin = System.nanoTime();
        SandboxProcess process = start(sandbox);
        double micros = (System.nanoTime() - begin) / MICROS;
        process.destroyForcibly();
        process.waitFor();
        process.close();
        return micros;
    }

    private void compare(Sandbox attached, Sandbox loopback) throws Exception {
        for (int i = 0; i < WARM; i++) {
            once(attached);
            once(loopback);
        }
        List<Double> ours = new ArrayList<>();
        List<Double> c = new ArrayList<>();
        List<Double> ip = new ArrayList<>();
        Process floor = new ProcessBuilder(member)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Process bridge = new ProcessBuilder(
                        "unshare",
                        "--net",
                        "sh",
                        "-c",
                        "ip link add br0 type bridge && ip link set br0 up && echo && exec cat")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var answers = floor.inputReader()) {
            bridge.getInputStream().read();
            for (int i = 0; i < TURNS; i++) {
                ours.add(once(attached) - once(loopback));
                floor.getOutputStream().write('\n');
                floor.getOutputStream().flush();
                c.add(Double.parseDouble(answers.readLine()));
                if (i % 5 == 0) {
                    ip.add(byCommands(bridge, i));
                }
            }
        } finally {
            floor.destroyForcibly();
            bridge.destroyForcibly();
        }
        double base = NetworkCost.median(c);
        System.out.printf(
                Locale.ROOT,
                "%nA member with an address of each kind more than a sandbox with loopback alone; medians of %d turns.%n%n",
                TURNS);
        System.out.println("| set up by | µs | of the same messages from C |\n| --- | --- | --- |");
        System.out.printf(Locale.ROOT, "| the same messages from C | %.0f | 1 |%n", base);
        line("Sandjar: a start as a member, less one with loopback", ours, base);
        line("six commands of `ip` in two namespaces that are there", ip, base);
    }

    private static void line(String what, List<Double> micros, double base) {
        double median = NetworkCost.median(micros);
        System.out.printf(Locale.ROOT, "| %s | %.0f | %.2f |%n", what, median, median / base);
    }

    private double byCommands(Process bridge, int number) throws Exception {
        Process inside = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo; exec cat").start();
        try {
            inside.getInputStream().read();
            String here = "--net=/proc/" + bridge.pid() + "/ns/net";
            String there = "--net=/proc/" + inside.pid() + "/ns/net";
            String port = "port" + number;
            long begin = System.nanoTime();
            Veth.run(List.of(
                    "nsenter",
                    here,
                    "ip",
                    "link",
                    "add",
                    port,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "eth0",
                    "netns",
                    "" + inside.pid()));
            Veth.run(List.of("nsenter", here, "ip", "link", "set", port, "master", "br0", "up"));
            Veth.run(List.of("nsenter", there, "ip", "link", "set", "lo", "up"));
            Veth.run(List.of("nsenter", there, "ip", "link", "set", "eth0", "up"));
            Veth.run(List.of("nsenter", there, "ip", "addr", "add", "10.7.1." + (number + 1) + "/16", "dev", "eth0"));
            Veth.run(List.of(
                    "nsenter", there, "ip", "addr", "add", "fd07::" + (number + 1) + "/64", "dev", "eth0", "nodad"));
            return (System.nanoTime() - begin) / MICROS;
        } finally {
            inside.destroyForcibly();
        }
    }

    private void crowd(Sandbox attached) throws Exception {
        List<SandboxProcess> alive = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                long begin = System.nanoTime();
                alive.add(start(attached));
                micros.add((System.nanoTime() - begin) / MICROS);
            }
        } finally {
            for (SandboxProcess process : alive) {
                process.destroyForcibly();
            }
            for (SandboxProcess process : alive) {
                process.waitFor();
                process.close();
            }
        }
        double first = NetworkCost.median(micros.subList(0, EDGE));
        double last = NetworkCost.median(micros.subList(CROWD - EDGE, CROWD));
        System.out.printf(
                Locale.ROOT,
                "%nOf %d members at once: a start of the first %d takes %.0f µs, one of the last %d %.0f µs (%.2f).%n",
                CROWD,
                EDGE,
                first,
                EDGE,
                last,
                last / first);
    }
}
