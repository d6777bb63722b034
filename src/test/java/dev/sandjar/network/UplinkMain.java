package dev.sandjar.network;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Is in a network namespace in which it may do anything, and says what members of a network with an uplink reach. */
final class UplinkMain {
    /** What comes back, the number of the error, or "silence". */
    private static final String CLIENT =
            """
            import socket, sys
            def say(host, port):
                try:
                    with socket.create_connection((host, port), 3) as s: return s.recv(99).decode()
                except TimeoutError: return 'silence'
                except OSError as e: return str(e.errno)
            def datagram(host, port):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.connect((host, port))
                try: s.send(b'question'); return s.recv(99).decode()
                except TimeoutError: return 'silence'
                except OSError as e: return str(e.errno)
            """;

    private UplinkMain() {}

    private static void say(String name, Object value) {
        System.out.println(name + "=" + value);
        System.out.flush();
    }

    private static SandboxNetwork.Builder lan() {
        return SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64");
    }

    private static String inside(SandboxNetwork lan, String expression) throws IOException, InterruptedException {
        RunResult result = Sandbox.untrusted()
                .network(Network.attached(lan))
                .build()
                .run("/usr/bin/python3", "-I", "-c", CLIENT + "print(" + expression + ")");
        return result.exitValue() == 0 ? result.stdout().strip() : result.stderr();
    }

    private static List<String> interfaces() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/net/dev")).stream()
                .map(line -> line.strip().replaceFirst(":.*", ""))
                .filter(name -> name.startsWith("sandjar"))
                .sorted()
                .toList();
    }

    private static ServerSocket server(String address) throws IOException {
        ServerSocket server = new ServerSocket(0, 20, InetAddress.getByName(address));
        Thread thread = new Thread(
                () -> {
                    while (!server.isClosed()) {
                        try (var socket = server.accept()) {
                            socket.getOutputStream().write("host".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                        } catch (IOException e) {
                            return; // it is closed
                        }
                    }
                },
                "server");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static void reach() throws Exception {
        try (ServerSocket host = server("0.0.0.0");
                ServerSocket six = server("2001:db8::1")) {
            int port = host.getLocalPort();
            int portSix = six.getLocalPort();
            try (SandboxNetwork without = lan().gateway().open()) {
                say("without an uplink", inside(without, "say('192.0.2.2', 80)"));
            }
            say("interfaces before", interfaces());
            try (SandboxNetwork lan = lan().uplink(Uplink.host()).open()) {
                List<String> own = ways();
                say("interfaces", interfaces().size());
                say("outside", inside(lan, "say('192.0.2.2', 80)"));
                say("outside by IPv6", inside(lan, "say('2001:db8::2', 80)"));
                say("a datagram", inside(lan, "datagram('192.0.2.2', 53)"));
                say("host", inside(lan, "say('192.0.2.1', " + port + ")"));
                say("host by IPv6", inside(lan, "say('2001:db8::1', " + portSix + ")"));
                say("host by a datagram", inside(lan, "datagram('192.0.2.1', 53)"));
                say("loopback", inside(lan, "say('127.0.0.1', " + port + ")"));
                say("gateway", inside(lan, "say('10.7.0.1', " + port + ")"));
                say("router", inside(lan, "say('169.254.1.1', " + port + ")"));
                say("metadata", inside(lan, "say('169.254.169.254', 80)"));
                say("metadata mapped", inside(lan, "say('::ffff:169.254.169.254', 80)"));
                // The control: the host itself reaches it.
                try (var socket = new java.net.Socket("169.254.169.254", 80)) {
                    say(
                            "metadata from the host",
                            new String(socket.getInputStream().readAllBytes()));
                }
                try (SandboxNetwork same = lan().uplink(Uplink.host()).open();
                        SandboxProcess server = Servers.start(
                                Sandbox.untrusted()
                                        .network(Network.attached(same.member("web")))
                                        .build(),
                                Servers.ECHO + "begin(tcp('0.0.0.0', 80))\n" + Servers.UNTIL_TOLD)) {
                    say("both have one", interfaces().size());
                    say("the same subnet", inside(same, "say('192.0.2.2', 80)"));
                    for (String way : ways()) {
                        say(
                                own.contains(way) ? "its own way" : "the other one's way",
                                inside(lan, "say('" + way + "', 80)"));
                    }
                    say("server", server.isAlive());
                }
            }
            say("interfaces after", interfaces());
            try (SandboxNetwork open = lan().uplink(Uplink.host().allowHost().allow(AddressRange.of("169.254.169.254")))
                    .open()) {
                say("allowed host", inside(open, "say('192.0.2.1', " + port + ")"));
                say("allowed host by IPv6", inside(open, "say('2001:db8::1', " + portSix + ")"));
                say("allowed metadata", inside(open, "say('169.254.169.254', 80)"));
                say("loopback of the allowed host", inside(open, "say('127.0.0.1', " + port + ")"));
            }
            try (SandboxNetwork one = lan().uplink(Uplink.host()).open();
                    SandboxNetwork other = SandboxNetwork.builder()
                            .subnet("10.8.0.0/24")
                            .gateway()
                            .open()) {
                one.connect(other);
                say("through a connected network", inside(other, "say('192.0.2.2', 80)"));
            }
            say("explained", explained(explained()));
        }
    }

    private static final String FLOOD =
            """
            import socket
            all = [socket.socket(socket.FAMILY, socket.SOCK_DGRAM) for i in range(20)]
            sent = 0
            for s in all:
                for port in range(1000, 1300):
                    try: s.sendto(b'x', ('ADDRESS', port)); sent += 1
                    except OSError: pass
            print(sent, flush=True)
            input()
            """;

    private static int tracked() throws IOException {
        // In one piece, since the kernel has no second one of it.
        byte[] piece = new byte[32];
        try (var in = new java.io.FileInputStream("/proc/sys/net/netfilter/nf_conntrack_count")) {
            return Integer.parseInt(
                    new String(piece, 0, in.read(piece), java.nio.charset.StandardCharsets.US_ASCII).strip());
        }
    }

    /** Members that send to ever new ports. */
    private static void flood(String family, String address) throws Exception {
        String program = FLOOD.replace("FAMILY", family).replace("ADDRESS", address);
        try (SandboxNetwork lan = lan().uplink(Uplink.host()).open()) {
            List<SandboxProcess> members = new java.util.ArrayList<>();
            try {
                for (int i = 0; i < 6; i++) {
                    SandboxProcess member = Sandbox.untrusted()
                            .network(Network.attached(lan))
                            .build()
                            .start("/usr/bin/python3", "-I", "-c", program);
                    members.add(member);
                    say("sent by " + i, member.inputReader().readLine());
                    say("tracked after " + i, tracked());
                    if (i == 0) {
                        say("another", inside(lan, "datagram('192.0.2.2', 53)"));
                    }
                }
            } finally {
                members.forEach(SandboxProcess::close);
            }
        }
    }

    private static void userMode(Path program) throws Exception {
        try (ServerSocket host = server("0.0.0.0");
                ServerSocket six = server("2001:db8::1");
                SandboxNetwork lan = lan().uplink(Uplink.userMode(program)).open()) {
            int port = host.getLocalPort();
            say("outside", inside(lan, "say('192.0.2.2', 80)"));
            say("outside by IPv6", inside(lan, "say('2001:db8::2', 80)"));
            say("a datagram", inside(lan, "datagram('192.0.2.2', 53)"));
            List<String> closed = List.of(
                    "127.0.0.1",
                    "10.7.0.1",
                    "10.0.2.2",
                    "10.0.2.3",
                    "192.0.2.1",
                    "198.51.100.7",
                    "203.0.113.9",
                    "169.254.169.254");
            for (String address : closed) {
                say(address, inside(lan, "say('" + address + "', " + (address.startsWith("169") ? 80 : port) + ")"));
            }
            for (String address : List.of("::1", "fd07::1", "2001:db8::1")) {
                say(address, inside(lan, "say('" + address + "', " + six.getLocalPort() + ")"));
            }
            // The controls: the host reaches itself at these.
            try (var socket = new java.net.Socket("2001:db8::1", six.getLocalPort())) {
                say("control 2001:db8::1", new String(socket.getInputStream().readAllBytes()));
            }
            for (String address : List.of("127.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9")) {
                try (var socket = new java.net.Socket(address, port)) {
                    say("control " + address, new String(socket.getInputStream().readAllBytes()));
                }
            }
            ip("addr", "add", "198.51.100.8/32", "dev", "lo");
            say("an address that it gets", Await.within(Duration.ofSeconds(20), () -> {
                try {
                    return inside(lan, "say('198.51.100.8', " + port + ")").equals("111");
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
            ip("addr", "del", "198.51.100.8/32", "dev", "lo");
            try (SandboxNetwork metadata = lan().uplink(
                            Uplink.userMode(program).allow(AddressRange.of("169.254.169.254")))
                    .open()) {
                say("allowed metadata", inside(metadata, "say('169.254.169.254', 80)"));
            }
            say("programs", programs(program));
            say("explained", explained(lan));
        }
        say("programs after", Await.within(Duration.ofSeconds(20), () -> programs(program) == 0));
        SandboxNetwork lost = lan().uplink(Uplink.userMode(program)).open();
        ProcessHandle.of(Keepers.pid()).orElseThrow().destroyForcibly();
        say("programs without a keeper", Await.within(Duration.ofSeconds(20), () -> programs(program) == 0));
        lost.close();
    }

    private static String explained(SandboxNetwork lan) throws IOException {
        return Sandbox.untrusted()
                .network(Network.attached(lan))
                .build()
                .explain()
                .toString()
                .replace('\n', '|');
    }

    private static void ip(String... words) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException(command.toString());
        }
    }

    /** By what each calls itself, which all may read; pasta is one with passt. */
    private static long programs(Path program) {
        String name = program.getFileName().toString().replace("pasta", "passt");
        return ProcessHandle.current()
                .descendants()
                .filter(each -> comm(each.pid()).replace("pasta", "passt").startsWith(name))
                .count();
    }

    private static String comm(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm"));
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static SandboxNetwork explained() throws IOException {
        return lan().uplink(Uplink.host()).open();
    }

    private static void refused() throws Exception {
        for (SandboxNetwork.Builder builder : List.of(
                SandboxNetwork.builder().subnet("10.7.0.0/24"),
                SandboxNetwork.builder().subnet("fd07::/64"))) {
            try (SandboxNetwork lan = builder.uplink(Uplink.host()).open()) {
                say("opened", lan);
            } catch (SandboxException e) {
                say("refused", e.getMessage());
            }
        }
        say("interfaces", interfaces());
    }

    private static void keeperKilled() throws Exception {
        SandboxNetwork lan = lan().uplink(Uplink.host()).open();
        say("outside", inside(lan, "say('192.0.2.2', 80)"));
        ProcessHandle.of(Keepers.pid()).orElseThrow().destroyForcibly();
        say("gone", Await.within(Duration.ofSeconds(20), () -> {
            try {
                return interfaces().isEmpty() && tables().isEmpty();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }));
        say("open", lan.isOpen());
    }

    /** The addresses by which the host knows networks. */
    private static List<String> ways() throws IOException {
        Process ip = new ProcessBuilder("ip", "-4", "route").start();
        return new String(ip.getInputStream().readAllBytes())
                .lines()
                .filter(line -> line.contains("dev sandjar"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    private static String tables() throws IOException {
        Process nft = new ProcessBuilder("nft", "list", "tables").start();
        return new String(nft.getInputStream().readAllBytes()).strip();
    }

    private static void killed() throws Exception {
        SandboxNetwork lan = lan().uplink(Uplink.host()).open();
        say("outside", inside(lan, "say('192.0.2.2', 80)"));
        say("tables", tables());
        say("interfaces", interfaces());
        ProcessHandle self = ProcessHandle.current();
        Process killer = new ProcessBuilder("kill", "-9", Long.toString(self.pid())).start();
        killer.waitFor();
        say("not killed", lan);
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "reach" -> reach();
            case "flood" -> flood("AF_INET", "192.0.2.2");
            case "flood by IPv6" -> flood("AF_INET6", "2001:db8::2");
            case "refused" -> refused();
            case "keeper" -> keeperKilled();
            case "killed" -> killed();
            case "pasta", "slirp4netns" -> userMode(Path.of("/usr/bin", arguments[0]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        say("end", Command.of("true"));
        System.exit(0);
    }
}
