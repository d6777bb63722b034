import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.Fault;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A store of three nodes, etcd, whose leader is cut off from the other two, round after round: what is confirmed must not be lost, the leader that is
 * cut off must confirm nothing, and all three must agree soon after the partition.
 */
public final class CutOffLeader {
    private static final Path STORE = Path.of("/usr/bin/etcd");
    private static final int CLIENTS = 2379;
    private static final int PEERS = 2380;
    private static final Duration ROUND = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** What a node says of itself and of its leader, by their numbers. */
    private record Status(String self, String leader) {}

    private record Node(NetworkMember member, SandboxProcess process) {
        String name() {
            return member.name().orElseThrow();
        }

        /** By its published port, which no fault of the network is about. Empty if it has no answer for this. */
        Optional<String> ask(String path, String json, Duration patience) throws InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + process.publishedPort(CLIENTS) + path))
                    .timeout(patience)
                    .POST(HttpRequest.BodyPublishers.ofString(json))
                    .build();
            try {
                HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
                return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
            } catch (IOException e) {
                return Optional.empty(); // late, or not up yet
            }
        }

        Optional<Status> status() throws InterruptedException {
            return ask("/v3/maintenance/status", "{}", Duration.ofSeconds(1))
                    .map(json -> new Status(field(json, "member_id"), field(json, "leader")));
        }

        boolean put(String key, String value, Duration patience) throws InterruptedException {
            String json = "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}";
            return ask("/v3/kv/put", json, patience).isPresent();
        }

        /** What all have agreed on, or what this node has itself; empty if it can't tell, "" if there is nothing. */
        Optional<String> get(String key, boolean agreed) throws InterruptedException {
            String json = "{\"key\":\"" + base64(key) + "\",\"serializable\":" + !agreed + "}";
            return ask("/v3/kv/range", json, Duration.ofSeconds(1))
                    .map(answer -> field(answer, "value"))
                    .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length == 2 && args[0].equals("--rounds") ? Integer.parseInt(args[1]) : 5;
        if (!Files.isExecutable(STORE)) {
            System.out.println("SKIPPED: there is no " + STORE + " here (Debian: apt-get install etcd-server)");
            return;
        }
        Path logs = Files.createTempDirectory("cut-off-leader");
        List<Node> nodes = new ArrayList<>();
        try (SandboxNetwork lan =
                SandboxNetwork.builder().name("store").subnet("10.9.0.0/24").open()) {
            try {
                start(lan, nodes, logs);
                System.out.println(
                        "up, and led by " + leader(nodes, Optional.empty()).name());
                long longest = 0;
                int kept = 0;
                for (int round = 1; round <= rounds; round++) {
                    long begin = System.nanoTime();
                    kept += round(lan, nodes, round);
                    long millis = (System.nanoTime() - begin) / 1_000_000;
                    longest = Math.max(longest, millis);
                    require(millis < ROUND.toMillis(), "round " + round + " took " + millis + " ms");
                }
                System.out.println(rounds + " leaders were cut off, the longest round took " + longest + " ms. "
                        + "Confirmed and lost: nothing. Not confirmed and kept by all: " + kept + ".");
            } catch (Exception | Error e) {
                lan.faults().timeline().forEach(event -> System.out.println("  " + event));
                try (Stream<Path> files = Files.list(logs)) {
                    for (Path file : files.sorted().toList()) {
                        System.out.println(file + ":\n" + Files.readString(file));
                    }
                }
                throw e;
            } finally {
                nodes.forEach(node -> node.process().close());
            }
        } finally {
            try (Stream<Path> files = Files.walk(logs)) {
                files.sorted((a, b) -> b.compareTo(a))
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static void start(SandboxNetwork lan, List<Node> nodes, Path logs) throws Exception {
        List<NetworkMember> members =
                Stream.of("node1", "node2", "node3").map(lan::member).toList();
        String all = members.stream()
                .map(member -> member.name().orElseThrow() + "=" + url(member, PEERS))
                .collect(Collectors.joining(","));
        for (NetworkMember member : members) {
            String name = member.name().orElseThrow();
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.attached(member).publish(CLIENTS))
                    .tmpfs("/data", DataSize.mebibytes(512))
                    .memoryLimit(DataSize.gibibytes(1))
                    .timeout(Duration.ofHours(1))
                    .build();
            Command store = Command.of(
                            STORE.toString(),
                            "--name=" + name,
                            "--data-dir=/data/store",
                            "--initial-cluster=" + all,
                            "--listen-peer-urls=" + url(member, PEERS),
                            "--initial-advertise-peer-urls=" + url(member, PEERS),
                            "--listen-client-urls=http://0.0.0.0:" + CLIENTS,
                            "--advertise-client-urls=" + url(member, CLIENTS),
                            "--heartbeat-interval=50",
                            "--election-timeout=500",
                            "--pre-vote",
                            "--logger=zap",
                            "--log-level=error")
                    .mergeStderr()
                    .stdout(ProcessBuilder.Redirect.to(logs.resolve(name).toFile()));
            nodes.add(new Node(member, sandbox.start(store)));
        }
    }

    private static String url(NetworkMember member, int port) {
        return "http://" + member.addresses().get(0).getHostAddress() + ":" + port;
    }

    /** Returns 1 if what was not confirmed is there all the same. */
    private static int round(SandboxNetwork lan, List<Node> nodes, int round) throws Exception {
        Node leader = leader(nodes, Optional.empty());
        Set<Node> others = new LinkedHashSet<>(nodes);
        others.remove(leader);
        String value = "value of round " + round;
        long begin = System.nanoTime();
        Node next;
        long led;
        try (Fault cut = lan.faults()
                .partition(
                        Set.of(leader.member()),
                        others.stream().map(Node::member).collect(Collectors.toSet()))) {
            require(
                    !leader.put("lost-" + round, value, Duration.ofMillis(200)),
                    leader.name() + " has confirmed what it can tell nobody: " + cut);
            next = leader(List.copyOf(others), Optional.of(leader));
            led = millisSince(begin);
            require(next.put("key", value, Duration.ofSeconds(2)), next.name() + " leads, and confirms nothing");
            require(leader.get("key", true).isEmpty(), leader.name() + " says what it can't know: " + cut);
        }
        long healed = System.nanoTime();
        await(leader.name() + " has caught up", () -> leader.get("key", false).equals(Optional.of(value)));
        long caughtUp = millisSince(healed);
        leader(nodes, Optional.empty());
        Set<String> answers = new LinkedHashSet<>();
        for (Node node : nodes) {
            await(node.name() + " has what was confirmed", () -> node.get("key", true)
                    .equals(Optional.of(value)));
            answers.add(node.get("lost-" + round, true).orElse("no answer of " + node.name()));
        }
        require(answers.size() == 1, "nodes do not agree on lost-" + round + ": " + answers);
        System.out.printf(
                "round %d: %s led and was cut off, %s leads after %d ms; healed, and caught up after %d ms%n",
                round, leader.name(), next.name(), led, caughtUp);
        return answers.contains("") ? 0 : 1;
    }

    private static long millisSince(long begin) {
        return (System.nanoTime() - begin) / 1_000_000;
    }

    /** On which all of these agree. */
    private static Node leader(List<Node> nodes, Optional<Node> former) throws Exception {
        List<Node> found = new ArrayList<>();
        await("a leader of " + nodes.stream().map(Node::name).toList(), () -> {
            found.clear();
            Set<String> leaders = new LinkedHashSet<>();
            for (Node node : nodes) {
                Status status = node.status().orElse(new Status("", "nobody"));
                leaders.add(status.leader());
                if (status.self().equals(status.leader())) {
                    found.add(node);
                }
            }
            return leaders.size() == 1 && found.size() == 1 && !found.get(0).equals(former.orElse(null));
        });
        return found.get(0);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long begin = System.nanoTime();
        while (!condition.holds()) {
            require(System.nanoTime() - begin < PATIENCE.toNanos(), "it takes too long until there is this: " + what);
            Thread.sleep(10);
        }
    }

    private static void require(boolean so, String otherwise) {
        if (!so) {
            throw new IllegalStateException(otherwise);
        }
    }
}
