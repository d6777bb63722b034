package dev.sandjar;

import dev.sandjar.internal.util.JsonText;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.seccomp.LearnedProfile;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code run} and {@code learn} of the command line: a program in a sandbox, in place of itself. */
final class RunCommand {
    static final String PROFILE = "--profile";
    private static final int CANNOT_START = 125;

    private RunCommand() {}

    static int run(CommandWords words, PrintStream err) {
        return ending(words.has(CommandWords.JSON), err, () -> words.sandbox().run(command(words)));
    }

    static int learn(CommandWords words, PrintStream err) {
        return ending(words.has(CommandWords.JSON), err, () -> {
            Path file = Path.of(words.value(PROFILE).orElseThrow());
            Sandbox sandbox = words.sandbox();
            try {
                // Not through a link, nor over anything that is there; known before the program has run.
                Files.createFile(file);
            } catch (FileAlreadyExistsException e) {
                throw new IOException(file + " exists already: name a file that does not", e);
            }
            try {
                LearnedProfile learned = sandbox.learn(command(words));
                Files.writeString(file, learned.toJson());
                return learned.result();
            } catch (IOException | InterruptedException | RuntimeException e) {
                Files.deleteIfExists(file);
                throw e;
            }
        });
    }

    private static Command command(CommandWords words) {
        return Command.of(words.program())
                .stdin(Redirect.INHERIT)
                .stdout(Redirect.INHERIT)
                .stderr(Redirect.INHERIT);
    }

    /** What a program is run by. */
    private interface Start {
        RunResult run() throws IOException, InterruptedException;
    }

    private static int ending(boolean json, PrintStream err, Start start) {
        try {
            ExitReport report = start.run().report();
            if (json) {
                err.print(text(report) + "\n");
            } else if (report.verdict() != Verdict.EXITED) {
                err.print("the program ended " + report.ending() + "\n");
            }
            return report.exitValue() < 0 ? CANNOT_START : report.exitValue();
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            String message = String.valueOf(e.getMessage());
            err.print(json ? "{\"error\": " + JsonText.of(message) + "}\n" : Printable.lines(message) + "\n");
            return CANNOT_START;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CANNOT_START;
        }
    }

    private static String text(ExitReport report) {
        return "{\"verdict\": " + JsonText.of(report.verdict().name())
                + ", \"exitValue\": " + report.exitValue()
                + ", \"ending\": " + JsonText.of(report.ending())
                + ", \"wallTimeMillis\": " + report.usage().wallTime().toMillis()
                + "}";
    }
}
