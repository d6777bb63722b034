package dev.sandjar.network;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Guest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A JVM with a server in the network of a tenant, which has clients there try for each line that it reads. */
final class CniTenantMain {
    private static final String SERVER =
            """
            import socket, threading
            def tcp(port):
                s = socket.create_server(('', port))
                while True: s.accept()[0].sendall(b'tcp')
            def udp(port):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind(('', port))
                while True: s.sendto(b'udp', s.recvfrom(9)[1])
            for f, p in (tcp, 80), (tcp, 81), (udp, 80): threading.Thread(target=f, args=(p,), daemon=True).start()
            print('up', flush=True)
            input()
            """;

    private static final String CLIENT =
            """
            import socket
            def t(kind, port):
                s = socket.socket(socket.AF_INET, kind)
                s.settimeout(2)
                try:
                    s.connect(('10.9.0.2', port))
                    if kind == socket.SOCK_DGRAM: s.send(b'x')
                    return s.recv(9).decode()
                except OSError as e: return type(e).__name__
            print(t(socket.SOCK_STREAM, 80), t(socket.SOCK_STREAM, 81), t(socket.SOCK_DGRAM, 80))
            """;

    private CniTenantMain() {}

    /** Configuration, directory of the journal, directory of plugins. */
    public static void main(String[] arguments) throws Exception {
        CniNetwork network = CniNetwork.of(Path.of(arguments[0]))
                .mode(CniMode.HOST)
                .stateDirectory(Path.of(arguments[1]))
                .pluginPath(Path.of(arguments[2]));
        try (SandboxProcess server = in(network, "10.9.0.2/24").start("/usr/bin/python3", "-I", "-c", SERVER)) {
            server.inputReader().readLine();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(Guest.python(in(network, "10.9.0.3/24"), CLIENT));
            }
        }
    }

    private static Sandbox in(CniNetwork network, String address) {
        return Sandbox.untrusted()
                .network(Network.cni(network.argument("IP", address)))
                .build();
    }
}
