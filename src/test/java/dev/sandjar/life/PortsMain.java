package dev.sandjar.life;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.PortRule;
import java.io.IOException;
import java.nio.file.Path;

/** A host that shares ports until it is killed. Argument: a socket to make. Says which port, and the processes that it has. */
final class PortsMain {
    private static final String SERVER =
            "import socket\ns = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen(); print('up', flush=True)\n"
                    + "c, _ = s.accept()\nwhile True: c.sendall(c.recv(100))\n";

    private PortsMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Network network =
                Network.loopback().publish(8080).with(PortRule.publish(8081).onHost(Path.of(arguments[0])));
        try (SandboxProcess server = Sandbox.untrusted()
                .network(network)
                .build()
                .start(Command.of("/usr/bin/python3", "-I", "-c", SERVER))) {
            server.inputReader().readLine();
            StringBuilder pids = new StringBuilder();
            ProcessHandle.current().descendants().forEach(child -> pids.append(' ')
                    .append(child.pid()));
            System.out.println(server.publishedPort(8080) + pids.toString());
            server.waitFor();
        }
    }
}
