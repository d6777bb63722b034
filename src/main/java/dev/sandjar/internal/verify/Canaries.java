package dev.sandjar.internal.verify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What attacks look for on the host: a process, a file, sockets and a word, all made for this and open to everybody outside. Gone when
 * closed.
 */
public final class Canaries implements AutoCloseable {
    private static final int WORD = 16;
    private static final int READY_WORDS = 3;

    private final Path directory;
    private final Path attach;
    private final Process process;
    private final List<String> arguments;

    private Canaries(Path directory, Path attach, Process process, List<String> arguments) {
        this.directory = directory;
        this.attach = attach;
        this.process = process;
        this.arguments = arguments;
    }

    /** @param program the file of sandjar-probe, executable outside */
    public static Canaries open(Path program) throws IOException {
        byte[] random = new byte[WORD];
        new SecureRandom().nextBytes(random);
        String word = "sandjar" + HexFormat.of().formatHex(random);
        Path directory = Files.createTempDirectory(
                "sandjar-verify", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Process process = null;
        try {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path file = Files.writeString(directory.resolve("secret"), word);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            List<String> arguments = new ArrayList<>(List.of(
                    "word=" + word,
                    "file=" + file,
                    "abstract=" + word + "-abstract",
                    "path=" + directory.resolve("socket")));
            List<String> command = new ArrayList<>(List.of(program.toString()));
            command.addAll(arguments);
            command.add("serve");
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("SANDJAR_CANARY", word);
            process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String ready = process.inputReader(StandardCharsets.US_ASCII).readLine();
            if (ready == null || !ready.startsWith("ready ")) {
                throw new IOException("the canary process has not started: " + ready);
            }
            Files.setPosixFilePermissions(directory.resolve("socket"), PosixFilePermissions.fromString("rwxrwxrwx"));
            String[] words = ready.split(" ");
            if (words.length != READY_WORDS) {
                throw new IOException("the canary process says " + ready);
            }
            arguments.add("port=" + words[1]);
            arguments.add("victim=" + words[2]);
            arguments.add("pid=" + process.pid());
            Path attach = Files.createFile(Path.of("/tmp/.sandjar-attach-" + process.pid()));
            return new Canaries(directory, attach, process, List.copyOf(arguments));
        } catch (IOException | RuntimeException | Error e) {
            if (process != null) {
                process.destroyForcibly();
            }
            remove(directory);
            throw e;
        }
    }

    /** What the probes get to know of them. */
    public List<String> arguments() {
        return arguments;
    }

    private static void remove(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve("secret"));
        Files.deleteIfExists(directory.resolve("socket"));
        Files.deleteIfExists(directory);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.onExit().join();
        } finally {
            Files.deleteIfExists(attach);
            remove(directory);
        }
    }
}
