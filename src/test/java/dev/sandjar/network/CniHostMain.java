package dev.sandjar.network;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A JVM in a network of a test's own, which does what it reads from its standard input. */
final class CniHostMain {
    private CniHostMain() {}

    /** Configuration, directory of the journal, directory of plugins, and maybe a port that is mapped to 80. */
    public static void main(String[] arguments) throws Exception {
        CniNetwork network = CniNetwork.of(Path.of(arguments[0]))
                .mode(CniMode.HOST)
                .stateDirectory(Path.of(arguments[1]))
                .pluginPath(Path.of(arguments[2]));
        if (arguments.length > 3) {
            network = network.portMapping(CniPortMapping.tcp(Integer.parseInt(arguments[3]), 80));
        }
        Sandbox sandbox = Sandbox.untrusted().network(Network.cni(network)).build();
        SandboxProcess process = null;
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            switch (line) {
                case "start" -> {
                    process = sandbox.start(
                            "/usr/bin/python3",
                            "-I",
                            "-c",
                            "import socket\ns = socket.create_server(('', 80))\nprint('up', flush=True)\n"
                                    + "while True: s.accept()[0].close()");
                    process.inputReader().readLine();
                    CniAttachment attachment = process.cni().orElseThrow();
                    System.out.println(
                            attachment.containerId() + " " + attachment.result().addresses());
                }
                case "stop" -> {
                    process.close();
                    System.out.println(process.cni()
                            .orElseThrow()
                            .removalFailure()
                            .map(Throwable::getMessage)
                            .orElse("stopped"));
                }
                case "gc" -> System.out.println(network.collectGarbage());
                default -> throw new IllegalArgumentException(line);
            }
        }
    }
}
