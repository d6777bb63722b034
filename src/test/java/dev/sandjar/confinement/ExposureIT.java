package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What a scanner of containers would say of the presets (src/test/native/exposure.c): points for calls in reach, a missing limit on
 * processes, and facts. The control is the same program outside of any sandbox.
 */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.BOMB})
class ExposureIT {
    private static final Path PROGRAM = Path.of(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"))
            .toAbsolutePath()
            .resolveSibling("sandjar-exposure");

    private static List<String> numbers() {
        String table = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                SeccompProfile.class.getResourceAsStream("/dev/sandjar/internal/bpf/" + table + ".syscalls"),
                StandardCharsets.US_ASCII))) {
            return reader.lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> line.split(" ")[1])
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Integer> values(String output) {
        Map<String, Integer> values = new TreeMap<>();
        output.lines().map(line -> line.split(" ")).forEach(words -> values.put(words[0], Integer.valueOf(words[1])));
        assertTrue(values.containsKey("score"), output);
        return values;
    }

    private static Map<String, Integer> inside(SandboxBuilder builder) throws Exception {
        List<String> command = new ArrayList<>(List.of("/exposure"));
        command.addAll(numbers());
        RunResult result = builder.bindReadOnly(PROGRAM, "/exposure").build().run(command.toArray(new String[0]));
        assertEquals(0, result.exitValue(), () -> result.stdout() + result.stderr());
        return values(result.stdout());
    }

    private static Map<String, Integer> outside() throws Exception {
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
        command.addAll(numbers());
        HostProgram.Result result = HostProgram.run(command.toArray(new String[0]));
        assertEquals(0, result.exit(), result::err);
        return values(result.out());
    }

    @Test
    void untrustedIsAtMostNine() throws Exception {
        Map<String, Integer> values = inside(Sandbox.untrusted());
        assertTrue(values.get("score") <= 9, values::toString);
        assertEquals(0, values.get("unbounded-processes"), values::toString);
        assertEquals(0, values.get("kernel-symbols"), values::toString);
        assertEquals(0, values.get("rare-calls"), values::toString);
        assertTrue(values.get("calls") <= 254, values::toString);
    }

    @Test
    void strictIsAtMostSix() throws Exception {
        Map<String, Integer> values = inside(Sandbox.untrusted().seccomp(SeccompProfile.strict()));
        assertTrue(values.get("score") <= 6, values::toString);
        // With processes to try the calls in.
        Map<String, Integer> tried = inside(Sandbox.untrusted()
                .seccomp(SeccompProfile.strict().toBuilder().allowProcesses().build()));
        assertTrue(tried.get("score") <= 6, tried::toString);
        assertTrue(tried.get("calls") <= 150, tried::toString);
    }

    @Test
    void hermeticIsNoMoreThanUntrusted() throws Exception {
        Map<String, Integer> values = inside(Sandbox.hermetic());
        assertTrue(values.get("score") <= 9, values::toString);
    }

    /** It can tell: without a sandbox there is more to see. */
    @Test
    void outsideThereIsMore() throws Exception {
        Map<String, Integer> values = outside();
        // How much more depends on the host's own limits.
        assertTrue(values.get("score") > inside(Sandbox.untrusted()).get("score"), values::toString);
        assertTrue(values.get("calls") > 300, values::toString);
        assertEquals(1, values.get("rare-calls"), values::toString);
        assertEquals(1, values.get("internet-sockets"), values::toString);
    }
}
