package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** A program has run and failed, or not all that it wrote was kept or written. Only {@link RunResult#orThrow()} throws it. */
public final class CommandFailedException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int TAIL_BYTES = 2_000;
    private static final int TAIL_LINES = 20;

    /** Not carried along when serialized: it is there for whoever catches the exception. */
    private final transient RunResult result;

    /** Empty if it has no name. */
    private final String sandbox;

    CommandFailedException(Command command, RunResult result) {
        super(named(result.report().applied().name()) + command + " ended "
                + result.report().ending() + LimitWords.bound(result.report())
                + (result.isSuccess() ? dropped(result) : refusals(result) + tails(result)));
        result.report().outputFailure().ifPresent(this::initCause);
        this.result = result;
        this.sandbox = result.report().applied().name();
    }

    private static String named(String sandbox) {
        return sandbox.isEmpty() ? "" : "sandbox " + sandbox + ": ";
    }

    /**
     * Which sandbox it ran in.
     *
     * @return its {@linkplain SandboxBuilder#name name}, with which the message begins; empty if it has none
     */
    public Optional<String> sandbox() {
        return sandbox.isEmpty() ? Optional.empty() : Optional.of(sandbox);
    }

    private static String dropped(RunResult result) {
        boolean out = result.stdoutTruncated() && result.command().stdoutSink().isEmpty();
        int kept = out ? result.stdoutBytes().length : result.stderrBytes().length;
        return ", but has written more than the " + kept + " bytes that are kept of standard "
                + (out ? "output" : "error") + "; remedy: run(command, captureLimit), or redirect it";
    }

    private static String refusals(RunResult result) {
        return LimitWords.refusals(result.report(), text(lastBytes(result.stderrBytes())));
    }

    /** Standard error last: what a program says as it fails is mostly there. */
    private static String tails(RunResult result) {
        String out = tail("standard output", result.stdoutBytes(), result.stdoutTruncated());
        String err = tail("standard error", result.stderrBytes(), result.stderrTruncated());
        if (out.isEmpty() && err.isEmpty()) {
            return "; nothing was captured on standard output and standard error";
        }
        return "; " + out + (out.isEmpty() || err.isEmpty() ? "" : "\n") + err;
    }

    private static String tail(String name, byte[] kept, boolean truncated) {
        byte[] bytes = lastBytes(kept);
        String text = text(bytes).strip();
        if (text.isEmpty()) {
            return "";
        }
        String last = lastLines(text);
        boolean whole = bytes.length == kept.length && last.equals(text);
        return name + (truncated ? " (its first " + kept.length + " bytes are kept)" : "") + (whole ? "" : " ends")
                + ":\n" + Printable.lines(last);
    }

    private static byte[] lastBytes(byte[] kept) {
        return Arrays.copyOfRange(kept, Math.max(0, kept.length - TAIL_BYTES), kept.length);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String lastLines(String text) {
        int start = text.length();
        for (int lines = 0; lines < TAIL_LINES && start > 0; lines++) {
            start = text.lastIndexOf('\n', start - 1);
        }
        return text.substring(Math.max(0, start + 1));
    }

    /**
     * What the program wrote and how it ended.
     *
     * @return the result that was asked for success
     */
    public RunResult result() {
        return result;
    }
}
