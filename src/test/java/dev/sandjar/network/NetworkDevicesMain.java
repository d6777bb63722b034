package dev.sandjar.network;

import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.oci.OciBundle;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Is in a network namespace in which it may do anything, and says what sandboxes with its interfaces reach. */
final class NetworkDevicesMain {
    private static final String CLIENT =
            """
            import socket, sys
            def say(host, port, count=1):
                said = []
                for i in range(count):
                    try:
                        with socket.create_connection((host, port), 3) as s: said.append(s.recv(99).decode())
                    except TimeoutError: said.append('silence')
                    except OSError as e: said.append(str(e.errno))
                return ' '.join(said)
            """;

    private NetworkDevicesMain() {}

    private static void say(String name, Object value) {
        System.out.println(name + "=" + value);
        System.out.flush();
    }

    private static List<String> interfaces() {
        try {
            return Files.readAllLines(Path.of("/proc/self/net/dev")).stream()
                    .skip(2)
                    .map(line -> line.strip().replaceFirst(":.*", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Sandbox with(NetworkDevice... devices) {
        Network network = Network.devices(devices[0], java.util.Arrays.copyOfRange(devices, 1, devices.length));
        return Sandbox.untrusted().network(network).build();
    }

    private static String inside(Sandbox sandbox, String expression) throws IOException, InterruptedException {
        RunResult result = sandbox.run("/usr/bin/python3", "-I", "-c", CLIENT + "print(" + expression + ")");
        return result.exitValue() == 0 ? result.stdout().strip() : result.stderr();
    }

    private static void macvlan() throws Exception {
        NetworkDevice device =
                NetworkDevice.macvlan("out0").address("192.0.2.50/24").address("2001:db8::50/64");
        say("without", inside(Sandbox.untrusted().build(), "say('192.0.2.2', 80)"));
        say("outside", inside(with(device), "say('192.0.2.2', 80)"));
        say("outside by IPv6", inside(with(device), "say('2001:db8::2', 80)"));
        say("no route", inside(with(device), "say('198.51.100.1', 80)"));
        say("by a route", inside(with(device.route("169.254.169.254/32", "192.0.2.2")), "say('169.254.169.254', 80)"));
        say("names", inside(with(device.named("wan0")), "' '.join(sorted(n for i, n in socket.if_nameindex()))"));
        // In the mode private they don't reach each other; bridge is the control.
        for (NetworkDevice.Mode mode : List.of(NetworkDevice.Mode.PRIVATE, NetworkDevice.Mode.BRIDGE)) {
            NetworkDevice server = NetworkDevice.macvlan("out0").mode(mode).address("192.0.2.51/24");
            try (SandboxProcess process =
                    Servers.start(with(server), Servers.ECHO + "begin(tcp('', 80))\n" + Servers.UNTIL_TOLD)) {
                String client = "'reached' if say('192.0.2.51', 81) == '111' else 'not reached'";
                say(mode + " alive", process.isAlive());
                say(mode.toString(), inside(with(device.mode(mode)), client));
            }
        }
        say("interfaces", interfaces());
        say(
                "explained",
                with(device).explain().entries().toString().contains("network device macvlan of out0 as eth0"));
    }

    private static void moved() throws Exception {
        say("before", interfaces());
        Sandbox sandbox = with(NetworkDevice.move("out0").named("wan0"));
        try (SandboxProcess process = sandbox.start(Servers.python(
                CLIENT + "print(say('192.0.2.2', 80), say('2001:db8::2', 80), flush=True); sys.stdin.read()"))) {
            say("outside", process.inputReader().readLine());
            say("meanwhile", interfaces());
            try {
                sandbox.start("true").close();
                say("twice", "started");
            } catch (SandboxException e) {
                say("twice", e.getMessage());
            }
        }
        say("missing", refusal(with(NetworkDevice.move("none0"))));
        // A virtual one, whose peer goes with it.
        say("afterwards", Await.within(Duration.ofSeconds(20), () -> interfaces()
                .equals(List.of("lo"))));
    }

    private static String refusal(Sandbox sandbox) throws IOException {
        try (SandboxProcess process = sandbox.start("true")) {
            return "started " + process.pid();
        } catch (SandboxException e) {
            return e.getMessage();
        }
    }

    private static void bundle(Path directory) throws Exception {
        Files.createDirectories(directory.resolve("rootfs"));
        Files.writeString(
                directory.resolve("config.json"),
                """
                {"ociVersion": "1.3.0", "process": {"cwd": "/", "args": ["/usr/bin/python3", "-I", "-c", "%s"], "user": {"uid": 0, "gid": 0}},
                 "root": {"path": "rootfs", "readonly": false},
                 "mounts": [{"destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]},
                   {"destination": "/lib", "type": "bind", "source": "/lib", "options": ["rbind", "ro"]},
                   {"destination": "/lib64", "type": "bind", "source": "/lib64", "options": ["rbind", "ro"]}],
                 "linux": {"namespaces": [{"type": "mount"}, {"type": "network"}, {"type": "pid"}], "netDevices": {"out0": {"name": "eth7"}}}}
                """
                        .formatted((CLIENT + "print(say('192.0.2.2', 80), [n for i, n in socket.if_nameindex()])")
                                .replace("\n", "\\n")));
        OciBundle bundle = OciBundle.load(directory);
        RunResult result = bundle.sandbox().run(bundle.command().orElseThrow());
        say("bundle", result.stdout().strip() + result.stderr().strip());
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "macvlan" -> macvlan();
            case "moved" -> moved();
            default -> {
                Path directory = Files.createTempDirectory("bundle");
                bundle(directory);
                try (Stream<Path> files = Files.walk(directory)) {
                    files.sorted(Comparator.reverseOrder())
                            .forEach(file -> file.toFile().delete());
                }
            }
        }
        System.exit(0);
    }
}
