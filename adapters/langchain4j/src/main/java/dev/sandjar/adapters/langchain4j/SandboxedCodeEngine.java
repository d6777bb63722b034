package dev.sandjar.adapters.langchain4j;

import dev.langchain4j.code.CodeExecutionEngine;
import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import java.util.Objects;

/**
 * A {@link CodeExecutionEngine} that gives each code to an interpreter in a sandbox of its own. Immutable and thread-safe. Nothing is ever run outside:
 * what the host can't give is an {@link java.io.UncheckedIOException} with the {@link dev.sandjar.SandboxException} as its cause.
 */
public final class SandboxedCodeEngine implements CodeExecutionEngine {
    private final Sandbox sandbox;
    private final Command interpreter;

    /**
     * Makes an engine.
     *
     * @param sandbox what the code may
     * @param interpreter a program in the sandbox that reads code from its standard input, such as {@code Command.of("python3", "-")},
     *     {@code Command.of("node", "-")} or {@code Command.of("sh", "-s")}
     */
    public SandboxedCodeEngine(Sandbox sandbox, Command interpreter) {
        this.sandbox = Objects.requireNonNull(sandbox, "sandbox");
        this.interpreter = Objects.requireNonNull(interpreter, "interpreter");
    }

    /**
     * Runs code to its end, with all that it has started.
     *
     * @param code for the interpreter
     * @return what it wrote to standard output, the first 64 KiB; then, if there is any, what it wrote to standard error, as much; then
     *     how it ended, if that was not with exit code 0
     */
    @Override
    public String execute(String code) {
        return Outcome.of(sandbox, interpreter.input(Objects.requireNonNull(code, "code")));
    }
}
