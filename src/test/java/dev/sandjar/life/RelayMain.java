package dev.sandjar.life;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.Decision;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A host whose relay is killed while a sandbox is connected. Says what it is told. */
final class RelayMain {
    private static final int MILLIS = 20_000;

    private RelayMain() {}

    private static Set<ProcessHandle> children() {
        return ProcessHandle.current().children().collect(Collectors.toSet());
    }

    public static void main(String[] arguments) throws Exception {
        BlockingQueue<ConnectionEvent> events = new LinkedBlockingQueue<>();
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(MILLIS);
            int port = server.getLocalPort();
            Network network = Network.loopback()
                    .hostPort(port)
                    .decide(connection -> Decision.ALLOW)
                    .listener(events::add);
            String client = "exec 3<>/dev/tcp/127.0.0.1/" + port + "; echo up; read -r _ <&3; echo over; read -r _";
            Sandbox plain = Sandbox.untrusted().build();
            plain.run("true").orThrow();
            Set<ProcessHandle> before = children();
            Sandbox sandbox =
                    Sandbox.untrusted().name("client").network(network).build();
            try (SandboxProcess process = sandbox.start("bash", "-c", client);
                    Socket socket = server.accept();
                    BufferedReader said = process.inputReader()) {
                socket.setSoTimeout(MILLIS);
                System.out.println(said.readLine());
                Set<ProcessHandle> relays = children();
                relays.removeAll(before);
                System.out.println("relays: " + relays.size());
                List.copyOf(relays).get(0).destroyForcibly();
                System.out.println("server: " + socket.getInputStream().read());
                System.out.println("client: " + said.readLine());
                System.out.println("alive: " + process.isAlive());
                ConnectionEvent event = events.poll(MILLIS, TimeUnit.MILLISECONDS);
                System.out.println(event == null ? "no event" : event.verdict() + ": " + event.reason());
            }
        }
        System.out.println("more events: " + events.size());
    }
}
