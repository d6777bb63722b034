package dev.sandjar.life;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.Keepers;
import dev.sandjar.network.SandboxNetwork;

/** Has a network with two members, says what there is of it, and waits to be killed. */
final class NetworkVictimMain {
    private NetworkVictimMain() {}

    public static void main(String[] arguments) throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Sandbox sandbox = Sandbox.builder().network(Network.attached(lan)).build();
            try (SandboxProcess one = sandbox.start("/bin/sh", "-c", "readlink /proc/self/ns/net; exec cat");
                    SandboxProcess other = sandbox.start("/bin/sh", "-c", "readlink /proc/self/ns/net; exec cat")) {
                System.out.println(one.inputReader().readLine());
                System.out.println(other.inputReader().readLine());
                System.out.println(Keepers.below(ProcessHandle.current()).get(0));
                System.out.println("up");
                System.out.flush();
                int end = System.in.read();
                System.out.println("told " + end);
            }
        }
    }
}
