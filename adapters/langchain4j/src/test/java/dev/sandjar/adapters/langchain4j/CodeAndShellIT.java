package dev.sandjar.adapters.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.code.CodeExecutionEngine;
import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Code and commands of a model, good and hostile ones. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CodeAndShellIT {
    private static final Sandbox SANDBOX =
            Sandbox.untrusted().timeout(Duration.ofSeconds(10)).build();

    private static CodeExecutionEngine python() {
        return new SandboxedCodeEngine(SANDBOX, Command.of("/usr/bin/python3", "-"));
    }

    @Test
    void whatTheDocumentationShows() {
        // tag::code
        Sandbox sandbox = Sandbox.untrusted().timeout(Duration.ofSeconds(10)).build();
        CodeExecutionEngine python = new SandboxedCodeEngine(sandbox, Command.of("/usr/bin/python3", "-"));
        System.out.print(python.execute("print(6 * 7)")); // 42
        ShellTool shell = new ShellTool(sandbox); // for AiServices.builder(...).tools(shell)
        System.out.print(shell.run("id -un")); // sandbox
        // end::code
        assertEquals("42\n", python.execute("print(6 * 7)"));
        assertEquals("sandbox\n", shell.run("id -un"));
    }

    @Test
    void whatWentWrongIsSaid() {
        String text = python().execute("print('before')\nraise ValueError('no such thing')");
        assertTrue(text.startsWith("before\nstandard error:\n"), text);
        assertTrue(text.contains("ValueError: no such thing") && text.endsWith("[exit code 1]"), text);
        CodeExecutionEngine brief = new SandboxedCodeEngine(
                SANDBOX, Command.of("/usr/bin/python3", "-").timeout(Duration.ofMillis(500)));
        assertTrue(brief.execute("while True: pass").contains("[ended by the sandbox"));
        UncheckedIOException e = assertThrows(
                UncheckedIOException.class,
                () -> new SandboxedCodeEngine(SANDBOX, Command.of("no-such-interpreter")).execute("1"));
        assertTrue(e.getMessage().contains("no-such-interpreter"), e::getMessage);
    }

    @Test
    void noMoreIsReadThanAModelShould() {
        String text = python().execute("print('x' * 10_000_000)");
        assertTrue(
                text.length() < 70_000 && text.endsWith("[the rest of the output is left out]"),
                text.length() + " characters");
    }

    @Test
    void secretsOfTheHostAreNotInside(@TempDir Path host) throws Exception {
        Path secret = Files.writeString(host.resolve("key"), "of the host");
        Process control = new ProcessBuilder("cat", secret.toString()).start();
        assertEquals("of the host", new String(control.getInputStream().readAllBytes()));
        assertFalse(python().execute("print(open('" + secret + "').read())").contains("of the host"));
        String environment = new ShellTool(SANDBOX).run("env; cat " + secret + " /etc/shadow");
        assertEquals("secret-of-the-host", System.getenv("ADAPTER_SECRET"));
        assertFalse(environment.contains("of-the-host") || environment.contains("of the host"), environment);
        assertTrue(environment.contains("[exit code 1]"), environment);
    }

    @Test
    void theShellIsATool() {
        List<ToolSpecification> tools = ToolSpecifications.toolSpecificationsFrom(new ShellTool(SANDBOX));
        assertEquals(
                List.of("shell"), tools.stream().map(ToolSpecification::name).toList());
    }
}
