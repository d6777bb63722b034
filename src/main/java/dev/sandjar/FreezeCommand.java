package dev.sandjar;

import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.internal.util.WholeFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code freeze} of the command line: a policy for {@code sandjar-run}, that command, and a JDK whose {@code java} it is. */
final class FreezeCommand {
    static final String PLAN = "--plan";
    static final String COMMAND = "--command";
    static final String JAVA_HOME = "--java-home";
    private static final int ENTRIES_MAX = 10_000;

    private FreezeCommand() {}

    /** @return 0, or {@code impossible} */
    static int freeze(CommandWords words, PrintStream out, PrintStream err, int impossible) {
        try {
            Path plan = Path.of(words.value(PLAN).orElseThrow()).toAbsolutePath();
            words.sandbox().freeze(plan);
            out.print(plan + "\n");
            if (words.has(COMMAND)) {
                out.print(Sandjar.extractRun(Path.of(words.value(COMMAND).orElseThrow())) + "\n");
            }
            if (words.has(JAVA_HOME)) {
                Path home = Path.of(words.value(JAVA_HOME).orElseThrow()).toAbsolutePath();
                out.print(javaHome(home, plan) + "\n");
            }
            return 0;
        } catch (FileAlreadyExistsException e) {
            err.print(Printable.lines(e.getFile() + " exists already: name a directory that does not") + "\n");
            return impossible;
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            err.print(Printable.lines(String.valueOf(e.getMessage())) + "\n");
            return impossible;
        }
    }

    /** Everything is this JDK's own but {@code bin/java}, which runs that one in the sandbox. */
    private static Path javaHome(Path home, Path plan) throws IOException {
        Path own = Path.of(System.getProperty("java.home")).toRealPath();
        Files.createDirectory(home);
        linkAll(own, home, "bin");
        Path bin = Files.createDirectory(home.resolve("bin"));
        linkAll(own.resolve("bin"), bin, "java");
        Path command = Sandjar.extractRun(bin);
        String script =
                "#!/bin/sh\n# Runs java by a policy that was frozen, in the working directory of its caller.\nexec "
                        + quoted(command) + " --chdir \"$(pwd -P)\" " + quoted(plan) + " -- "
                        + quoted(own.resolve("bin/java"))
                        + " \"$@\"\n";
        WholeFile.write(bin.resolve("java"), script.getBytes(StandardCharsets.UTF_8), true);
        return home;
    }

    private static void linkAll(Path from, Path to, String but) throws IOException {
        for (Path entry : BoundedReads.entries(from, ENTRIES_MAX)) {
            String name = String.valueOf(entry.getFileName());
            if (!name.equals(but)) {
                Files.createSymbolicLink(to.resolve(name), entry);
            }
        }
    }

    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }
}
