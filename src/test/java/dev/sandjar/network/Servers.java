package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Servers and clients of these tests, inside and on the host. */
final class Servers {
    static final int MILLIS = 20_000;

    /** Gives back what comes, per connection, until that ends. {@code listen()} makes the socket {@code s}. */
    static final String ECHO =
            """
            import os, socket, sys, threading
            def tcp(host, port):
                s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind((host, port)); s.listen(); return s
            def unix(path):
                s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); return s
            def echo(c):
                while True:
                    data = c.recv(1 << 16)
                    if not data: break
                    c.sendall(data)
                c.close()
            def serve(s):
                while True:
                    c, _ = s.accept()
                    threading.Thread(target=echo, args=(c,), daemon=True).start()
            def begin(s): threading.Thread(target=serve, args=(s,), daemon=True).start()
            """;

    /** Says that it is up, and ends with its standard input. */
    static final String UNTIL_TOLD = "print('up', flush=True)\nsys.stdin.read()\n";

    private Servers() {}

    static Command python(String program) {
        return Command.of("/usr/bin/python3", "-I", "-c", program);
    }

    /** Of a program that prints "up" first. */
    static SandboxProcess start(Sandbox sandbox, String program) throws IOException {
        SandboxProcess process = sandbox.start(python(program));
        BufferedReader out = process.inputReader();
        String first = out.readLine();
        if (!"up".equals(first)) {
            String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            process.close();
            throw new AssertionError("the program is not up but says " + first + "\n" + error);
        }
        return process;
    }

    static Socket connect(int port) throws IOException {
        return connect(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    }

    static Socket connect(InetAddress address, int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(address, port), MILLIS);
        socket.setSoTimeout(MILLIS);
        return socket;
    }

    /** Sends a line, ends its side, and reads until the end. */
    static String exchange(Socket socket, String text) throws IOException {
        try (socket) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static void assertEchoes(int port) throws IOException {
        assertEquals("hello", exchange(connect(port), "hello"));
    }

    /** One of the host's whose connections the test takes, each within {@link #MILLIS}. */
    static ServerSocket listening() throws IOException {
        ServerSocket server = new ServerSocket(0, 200, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        server.setSoTimeout(MILLIS);
        return server;
    }

    /** Has a port where nobody listens, and no other program gets it meanwhile. */
    static Socket unanswered() throws IOException {
        Socket taken = new Socket();
        taken.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
        return taken;
    }

    /** One of the host's that gives back what comes; ends when it is closed. */
    static ServerSocket echo() throws IOException {
        return echo(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    }

    static ServerSocket echo(InetAddress address) throws IOException {
        ServerSocket server = new ServerSocket(0, 200, address);
        Thread thread = new Thread(() -> accept(server), "echo");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static void accept(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> echo(socket), "echo-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return; // it is closed
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            return; // the other side was gone first
        }
    }
}
