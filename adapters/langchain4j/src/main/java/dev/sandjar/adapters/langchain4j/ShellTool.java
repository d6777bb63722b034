package dev.sandjar.adapters.langchain4j;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import java.util.Objects;

/** A shell as a tool of a model. Each command has a sandbox of its own; bind a directory for what is to stay. Immutable and thread-safe. */
public final class ShellTool {
    private final Sandbox sandbox;

    /**
     * Makes the tool.
     *
     * @param sandbox what commands may
     */
    public ShellTool(Sandbox sandbox) {
        this.sandbox = Objects.requireNonNull(sandbox, "sandbox");
    }

    /**
     * Runs a command to its end, with all that it has started.
     *
     * @param command for {@code sh -c}
     * @return as {@link SandboxedCodeEngine#execute}
     */
    @Tool(
            name = "shell",
            value = "Runs a command of a POSIX shell on an isolated Linux system and returns what it prints")
    public String run(@P("the command line") String command) {
        return Outcome.of(sandbox, Command.of("sh", "-c", command));
    }
}
