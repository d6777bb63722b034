package dev.sandjar.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program on the host, outside any sandbox: for controls, and for looking at what a sandbox did. */
public final class HostProgram {
    private static final long SECONDS = 20;

    private HostProgram() {}

    /** What a program that ended has written. */
    public record Result(int exit, String out, String err) {}

    public static Result run(String... command) {
        try {
            Process process = new ProcessBuilder(command).start();
            process.getOutputStream().close();
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            String out = text(process.getInputStream());
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " does not end");
            }
            return new Result(process.exitValue(), out, err.join());
        } catch (IOException e) {
            return new Result(127, "", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** Output of a shell script that has to succeed. */
    public static String sh(String script, String... arguments) {
        String[] command = new String[4 + arguments.length];
        command[0] = "sh";
        command[1] = "-c";
        command[2] = script;
        command[3] = "sh";
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        Result result = run(command);
        if (result.exit() != 0) {
            throw new AssertionError("on the host: " + script + " ended with " + result);
        }
        return result.out().strip();
    }

    /** Output of a Python program that has to succeed. */
    public static String python(String program) {
        Result result = run("/usr/bin/python3", "-I", "-c", program);
        if (result.exit() != 0) {
            throw new AssertionError("on the host: " + program + " ended with " + result);
        }
        return result.out().strip();
    }

    private static String text(java.io.InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
