package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.launcher.ProgramInMemory;
import dev.sandjar.internal.verify.AllowedHost;
import dev.sandjar.internal.verify.Attacks;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Attestation.Grade;
import dev.sandjar.verify.Attestation.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link Sandbox#verify} says of each kind of network, and the same attacks where they work. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class VerifiedNetworksIT {
    private static final List<String> CHANGES =
            List.of("change-interface", "change-address", "change-route", "change-firewall");
    private static final String PROBE = "/proc/self/fd/3";

    private static Result result(Attestation attestation, String name) {
        return attestation.results().stream()
                .filter(result -> result.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void is(Grade grade, String reason, Attestation attestation, String name) {
        Result result = result(attestation, name);
        assertEquals(grade, result.grade(), result::toString);
        assertTrue(result.reason().contains(reason), result::toString);
    }

    /** One attack by itself, with what it is told. */
    private static Result attack(Sandbox sandbox, String name, String... arguments) throws Exception {
        try (ProgramInMemory program = ProgramInMemory.open("sandjar-probe")) {
            List<String> words = new ArrayList<>(List.of(PROBE));
            words.addAll(List.of(arguments));
            words.add(name);
            String output = sandbox.run(Command.of(words).descriptor("probe", Descriptor.readFrom(program.path())))
                    .stdout();
            return Attacks.results(output, "not run").stream()
                    .filter(result -> result.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void none() throws Exception {
        Attestation found = Sandbox.untrusted().network(Network.none()).build().verify();
        assertTrue(found.isContained(), found::toString);
        is(Grade.CONTAINED, "lo is down", found, "change-interface");
        is(Grade.CONTAINED, "unreachable", found, "host-loopback");
        Result control = attack(Guest.capable(Network.none()), "change-interface");
        assertEquals(Grade.EXPOSED, control.grade(), control::toString);
        assertEquals("SIOCSIFFLAGS succeeded; lo was down", control.reason());
    }

    @Test
    void loopback() throws Exception {
        Attestation found = Sandbox.untrusted().build().verify();
        assertTrue(found.isContained(), found::toString);
        is(Grade.CONTAINED, "lo is up", found, "change-interface");
        is(Grade.CONTAINED, "unreachable", found, "outside");
        for (String change : CHANGES) {
            is(Grade.CONTAINED, "", found, change);
            Result control = attack(Guest.capable(Network.loopback()), change);
            assertEquals(Grade.EXPOSED, control.grade(), control::toString);
        }
    }

    @Test
    void egress() throws Exception {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        Network network = Network.egress(EgressRule.allow("a.example.org", 443))
                .listener(event -> heard.add(event.verdict() + " " + event.bytesOut()));
        Attestation found = Sandbox.untrusted().network(network).build().verify();
        assertTrue(found.isContained(), found::toString);
        is(Grade.CONTAINED, "a.example.org:443 is reached, and no other port and address", found, "undeclared-host");
        is(Grade.CONTAINED, "unreachable", found, "outside");
        assertEquals(List.of("REFUSED 0"), List.copyOf(heard), "nobody outside was asked");
        // The same addresses and ports, where rules let them through.
        Sandbox more = Sandbox.untrusted()
                .network(network.allow("a.example.org", 9)
                        .with(EgressRule.allowAddress("203.0.113.77", 443)
                                .withAddresses(AddressRange.of("203.0.113.77"))))
                .build();
        Result port = attack(more, "undeclared-host", "allowed=a.example.org:443:9:203.0.113.77");
        assertEquals("a.example.org:9 is reached", port.reason());
        assertEquals(Grade.EXPOSED, port.grade());
        Result address = attack(more, "undeclared-host", "allowed=a.example.org:443:10:203.0.113.77");
        assertEquals("203.0.113.77:443 is reached", address.reason());
        assertEquals(Grade.EXPOSED, address.grade());
        // Without an address for the name nothing is known.
        Result blind = attack(more, "undeclared-host", "allowed=b.example.org:443:10:203.0.113.77");
        assertEquals(Grade.NOT_ATTEMPTED, blind.grade(), blind::toString);
    }

    @Test
    void whatIsAllowedIsTold() {
        assertEquals(Optional.empty(), AllowedHost.argument(Network.loopback()));
        assertEquals(
                Optional.empty(),
                AllowedHost.argument(Network.egress(
                        EgressRule.allow("*.example.org", 443),
                        EgressRule.allow("b.example.org", 22).anyProtocol())));
        assertEquals(
                Optional.of("allowed=a.example.org:2:3:198.51.100.77"),
                AllowedHost.argument(Network.egress(
                        EgressRule.allowAddress("203.0.113.0/24", 1), EgressRule.allow("a.example.org", 2))));
    }

    @Test
    void aMemberOfANetwork() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Attestation found =
                    Sandbox.untrusted().network(Network.attached(lan)).build().verify();
            assertTrue(found.isContained(), found::toString);
            assertEquals(2, found.exposure().interfaces().size(), found::toString);
            is(Grade.CONTAINED, "unreachable", found, "outside");
            // All capabilities inside are none over a network that is owned outside; the control is in loopback().
            for (String change : CHANGES) {
                Result kept = attack(Guest.capable(Network.attached(lan)), change);
                assertEquals(Grade.CONTAINED, kept.grade(), kept::toString);
            }
            Result frames = attack(Guest.capable(Network.attached(lan)), "af-packet");
            assertEquals(Grade.CONTAINED, frames.grade(), frames::toString);
            assertEquals(
                    Grade.EXPOSED,
                    attack(Guest.capable(Network.loopback()), "af-packet").grade());
        }
    }

    @Test
    @NeedsHost(Feature.CNI_PLUGINS)
    void aNetworkOfPlugins(@TempDir Path directory) throws Exception {
        Network network = Network.cni(Files.writeString(
                directory.resolve("net.conflist"),
                "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"type\": \"bridge\", \"isGateway\": true,"
                        + " \"ipam\": {\"type\": \"host-local\", \"subnet\": \"10.22.0.0/16\"}}"));
        Attestation found = Sandbox.untrusted().network(network).build().verify();
        assertTrue(found.isContained(), found::toString);
        assertEquals(2, found.exposure().interfaces().size(), found::toString);
        is(Grade.CONTAINED, "unreachable", found, "outside");
        for (String change : CHANGES) {
            Result kept = attack(Guest.capable(network), change);
            assertEquals(Grade.CONTAINED, kept.grade(), kept::toString);
        }
        Result frames = attack(Guest.capable(network), "af-packet");
        assertEquals(Grade.CONTAINED, frames.grade(), frames::toString);
    }

    /** What leads out may lead to a server of the host's: here to one of a router's. */
    @Test
    void aGatewayThatLeadsSomewhere() throws Exception {
        String serve = "import socket\ns = socket.create_server(('0.0.0.0', 4321))\nprint('up', flush=True)\n"
                + "while True: s.accept()";
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            NetworkMember router = lan.member("router");
            Sandbox behind = Sandbox.untrusted()
                    .network(Network.attached(lan.member()
                            .route("0.0.0.0/0", router.addresses().get(0).getHostAddress())))
                    .build();
            String port = "port=4321";
            try (SandboxProcess process = Sandbox.untrusted()
                    .network(Network.attached(router))
                    .build()
                    .start("/usr/bin/python3", "-I", "-c", serve)) {
                assertEquals("up", process.inputReader().readLine());
                Result reached = attack(behind, "host-loopback", port);
                assertEquals(Grade.EXPOSED, reached.grade(), reached::toString);
                assertTrue(reached.reason().endsWith("by a gateway"), reached::toString);
            }
            Result nobody = attack(behind, "host-loopback", port);
            assertEquals(Grade.CONTAINED, nobody.grade(), nobody::toString);
        }
    }

    @Test
    void theHosts() throws Exception {
        Attestation open = Sandbox.builder().network(Network.host()).build().verify();
        is(Grade.EXPOSED, "", open, "abstract-socket");
        is(Grade.EXPOSED, "", open, "abstract-datagram");
        is(Grade.EXPOSED, "", open, "host-loopback");
        Attestation apart = Sandbox.untrusted().network(Network.host()).build().verify();
        is(Grade.CONTAINED, "", apart, "abstract-socket");
        is(Grade.CONTAINED, "", apart, "abstract-datagram");
        is(Grade.EXPOSED, "", apart, "host-loopback");
        CHANGES.forEach(change -> is(Grade.CONTAINED, "", apart, change));
    }

    @Test
    void aNamespaceOfOthers() throws Exception {
        try (SandboxProcess there = Guest.capable(Network.loopback()).start("sh", "-c", "echo up; exec cat")) {
            assertEquals("up", there.inputReader().readLine());
            Path files = Path.of("/proc", Long.toString(there.pid()), "ns");
            Sandbox joined = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.USER, files.resolve("user")))
                    .network(Network.namespace(files.resolve("net")))
                    .build();
            Attestation found = joined.verify();
            is(Grade.CONTAINED, "refused", found, "host-loopback");
            CHANGES.forEach(change -> is(Grade.CONTAINED, "", found, change));
        }
    }
}
