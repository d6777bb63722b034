package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.CniAttachment;
import dev.sandjar.network.CniBandwidth;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.network.CniPortMapping;
import dev.sandjar.network.CniResult;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of docs/guides/cni.md. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.CNI_PLUGINS})
class CniGuideIT {
    @TempDir
    Path directory;

    private Path configuration() throws Exception {
        return Files.writeString(
                directory.resolve("10-mynet.conflist"),
                """
                {"cniVersion": "1.0.0", "name": "mynet", "plugins": [
                  {"type": "bridge", "isGateway": true, "ipam": {"type": "host-local", "subnet": "10.22.0.0/16"}},
                  {"type": "portmap", "capabilities": {"portMappings": true}},
                  {"type": "bandwidth", "capabilities": {"bandwidth": true}},
                  {"type": "tuning"}]}
                """);
    }

    @Test
    void result() throws Exception {
        Path configuration = Files.writeString(
                configuration(),
                Files.readString(configuration()).replaceAll("(?m)^ +[{]\"type\": \"(portmap|bandwidth)\".*\n", ""));
        // tag::cni
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.cni(configuration)).build();
        SandboxProcess process = sandbox.start("cat");
        CniAttachment attachment = process.cni().orElseThrow();
        List<CniResult.Address> addresses = attachment.result().addresses();
        boolean good = attachment.check();
        // end::cni
        try (process) {
            assertEquals("[10.22.0.2/16]", addresses.toString());
            assertTrue(good);
        }
    }

    @Test
    void options() throws Exception {
        Path configuration = configuration();
        // tag::options
        Network network = Network.cni(CniNetwork.of(configuration)
                .portMapping(CniPortMapping.tcp(8080, 80))
                .bandwidth(CniBandwidth.of(DataSize.mebibytes(10), DataSize.mebibytes(1)))
                .argument("IgnoreUnknown", "1")
                .timeout(Duration.ofSeconds(20)));
        // end::options
        Sandbox sandbox = Sandbox.untrusted().network(network).build();
        assertEquals(0, sandbox.run("true").exitValue());
        assertTrue(sandbox.explain().entries().toString().contains("bridge, portmap, bandwidth, tuning"));
    }
}
