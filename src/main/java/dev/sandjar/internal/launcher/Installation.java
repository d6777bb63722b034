package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.AppArmor;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Puts the launcher where a profile of AppArmor names it, and the profile to the others; and takes both away again. */
public final class Installation {
    private static final String PROFILE = "/etc/apparmor.d/sandjar-launcher";
    private static final String PARSER = "apparmor_parser";

    private final Path root;
    private final Parser parser;

    /** Has the kernel know a profile, or forget it. */
    interface Parser {
        void run(String option, Path profile) throws IOException, InterruptedException;
    }

    /** Of this machine. */
    public Installation() {
        this(Path.of("/"), Installation::parse);
    }

    /** @param root below which everything is done */
    Installation(Path root, Parser parser) {
        this.root = root;
        this.parser = parser;
    }

    private Path at(String path) {
        return root.resolve(path.substring(1));
    }

    /** What {@link #install} does, a line for each step. */
    public List<String> installSteps() {
        return List.of(
                "write the launcher of this jar to " + at(AppArmor.INSTALLED) + ", mode 0755",
                "write a profile that lets it make user namespaces to " + at(PROFILE) + ":\n"
                        + AppArmor.profile(AppArmor.INSTALLED).indent(4).stripTrailing(),
                "run: " + PARSER + " -r " + at(PROFILE));
    }

    /** What {@link #undo} does. */
    public List<String> undoSteps() {
        List<String> steps = new ArrayList<>();
        if (Files.exists(at(PROFILE))) {
            steps.add("run: " + PARSER + " -R " + at(PROFILE));
            steps.add("remove " + at(PROFILE));
        }
        if (Files.exists(at(AppArmor.INSTALLED))) {
            steps.add("remove " + at(AppArmor.INSTALLED) + ", and its directory if nothing else is in it");
        }
        return steps.isEmpty() ? List.of("nothing: neither launcher nor profile is installed") : List.copyOf(steps);
    }

    /** Needs the rights of root. */
    public void install() throws IOException, InterruptedException {
        Path launcher = at(AppArmor.INSTALLED);
        Path directory = Objects.requireNonNull(launcher.getParent());
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        write(launcher, LauncherResource.load().bytes(), "rwxr-xr-x");
        write(at(PROFILE), AppArmor.profile(AppArmor.INSTALLED).getBytes(StandardCharsets.UTF_8), "rw-r--r--");
        parser.run("-r", at(PROFILE));
    }

    /** Takes away what is there. */
    public void undo() throws IOException, InterruptedException {
        if (Files.exists(at(PROFILE))) {
            parser.run("-R", at(PROFILE));
            Files.delete(at(PROFILE));
        }
        Path launcher = at(AppArmor.INSTALLED);
        Files.deleteIfExists(launcher);
        Path directory = Objects.requireNonNull(launcher.getParent());
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            return; // something of somebody else's
        }
    }

    /** In one step, so that a launcher that runs meanwhile stays whole. */
    private static void write(Path file, byte[] content, String mode) throws IOException {
        Path made = Files.createTempFile(
                Objects.requireNonNull(file.getParent()),
                ".sandjar",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.write(made, content);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(made);
        }
    }

    private static void parse(String option, Path profile) throws IOException, InterruptedException {
        int status = new ProcessBuilder(PARSER, option, PathBytes.shown(profile))
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new SandboxException(
                    "load the profile",
                    null,
                    PathBytes.shown(profile),
                    0,
                    PARSER + " ended with " + status + ", and said why",
                    "the profile needs AppArmor 4; undo by: doctor --uninstall");
        }
    }
}
