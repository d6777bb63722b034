package dev.sandjar.internal.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.reuse.Templates;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartRequestTest {
    private static ReadStart body(Map<String, String> environment, String directory, Command command)
            throws SandboxException {
        StartRequest request = new StartRequest(TestPlans.with(environment, directory), command);
        return ReadStart.read(request.start(1, Templates.Use.NONE, StartRequest.NO_IDS, List.of(0, 1, 2)));
    }

    @Test
    void looksForProgramsAlongThePathOfTheSandbox() throws SandboxException {
        Map<String, String> path = Map.of("PATH", "/a:/b/");
        assertEquals(List.of("/a/x", "/b//x"), body(path, null, Command.of("x")).paths());
        assertEquals(
                List.of("/c/x"),
                body(path, null, Command.of("x").env("PATH", "/c")).paths());
        assertEquals(
                List.of("/usr/local/bin/x", "/usr/bin/x", "/bin/x"),
                body(Map.of(), null, Command.of("x")).paths());
        assertEquals(List.of("./x"), body(path, null, Command.of("./x")).paths());
    }

    @Test
    void neverLooksInTheWorkingDirectoryForAnEmptyEntry() {
        assertEquals(List.of("/a/x", "/b/x"), StartRequest.candidates("x", ":/a::/b:"));
        assertEquals(List.of("x"), StartRequest.candidates("x", ""));
    }

    @Test
    void theCommandAddsToTheEnvironmentAndWins() throws SandboxException {
        Map<String, String> defaults = new LinkedHashMap<>();
        defaults.put("A", "1");
        defaults.put("B", "2");
        ReadStart body = body(defaults, null, Command.of("x").env("B", "3").env("C", "=4"));
        assertEquals(List.of("A=1", "B=3", "C==4"), body.environment());
    }

    @Test
    void saysTheNumbersOfDescriptors() throws SandboxException {
        Command command = Command.of("x")
                .env("SANDJAR_FD_OUT", "17")
                .descriptor("in", Descriptor.pipeIn())
                .descriptor("out", Descriptor.pipeOut());
        assertEquals(
                List.of("SANDJAR_FD_OUT=4", "SANDJAR_FD_IN=3"),
                body(Map.of(), null, command).environment());
    }

    @Test
    void theCommandsDirectoryWins() throws SandboxException {
        assertEquals("", body(Map.of(), null, Command.of("x")).directory());
        assertEquals("/p", body(Map.of(), "/p", Command.of("x")).directory());
        assertEquals("/c", body(Map.of(), "/p", Command.of("x").directory("/c")).directory());
    }

    @Test
    void aProbeHasNoDescriptors() throws SandboxException {
        StartRequest request = new StartRequest(TestPlans.plain(), Command.of("/"));
        ReadStart body = ReadStart.read(request.probe(5, StartRequest.NO_IDS));
        assertEquals(ReadStart.PROBE, body.flags());
        assertEquals(5, body.planId());
        assertEquals(List.of(), body.targets());
    }

    @Test
    void refusesMoreWordsThanTheLauncherTakes() throws SandboxException {
        List<String> most = Collections.nCopies(131_072, "a");
        assertEquals(most, body(Map.of(), null, Command.of(most)).argv());
        Command tooMany = Command.of(Collections.nCopies(131_073, "a"));
        SandboxException e = assertThrows(SandboxException.class, () -> body(Map.of(), null, tooMany));
        assertEquals("E2BIG", e.errnoName());
        assertTrue(e.getMessage().contains("131073"), e.getMessage());
    }
}
