package dev.sandjar.oci;

import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Tells container engines of this host of {@code sandjar-oci}, and takes it back. Nothing else of their files changes, and none of them
 * is restarted: what has to be done for that is printed.
 */
final class RuntimeInstaller {
    private static final String INSTALL = "install";
    private static final String UNINSTALL = "uninstall";
    private static final int FIXED = 5;
    private static final int WRONG_USE = 2;
    private static final String KUBERNETES = "kubernetes";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final boolean installs;
    private final Path program;
    private final boolean prints;
    private final String name;
    private final Path etc;
    private final PrintStream out;

    private RuntimeInstaller(List<String> words, PrintStream out) {
        this.installs = words.get(0).equals(INSTALL);
        this.program = Path.of(words.get(1));
        this.prints = words.get(2).equals("print");
        this.name = words.get(3);
        this.etc = Path.of(words.get(4));
        this.out = out;
    }

    static boolean isFor(List<String> words) {
        return words.size() >= FIXED && List.of(INSTALL, UNINSTALL).contains(words.get(0));
    }

    /**
     * Does all of it, or tells what it would do.
     *
     * @param words "install" or "uninstall", the path of sandjar-oci, "print" or "write", the runtime's name, the directory for
     *     configurations, and names of engines: of none those that are there
     * @return exit status
     */
    static int run(List<String> words, PrintStream out, PrintStream err) {
        RuntimeInstaller installer = new RuntimeInstaller(words, out);
        if (!NAME.matcher(installer.name).matches()) {
            err.println("--name: small letters, digits and dashes alone");
            return WRONG_USE;
        }
        List<String> engines = words.subList(FIXED, words.size());
        List<EngineFile> files = new ArrayList<>();
        for (String engine : engines) {
            Optional<EngineFile> file = EngineFile.of(engine);
            if (file.isEmpty() && !engine.equals(KUBERNETES)) {
                err.println("unknown engine " + Printable.line(engine)
                        + "; known are docker, containerd, podman, cri-o and kubernetes");
                return WRONG_USE;
            }
            file.ifPresent(files::add);
        }
        if (engines.isEmpty()) {
            for (EngineFile file : EngineFile.values()) {
                if (Files.isDirectory(file.sign(installer.etc))) {
                    files.add(file);
                }
            }
        }
        int status = 0;
        for (EngineFile file : files) {
            try {
                installer.change(file);
            } catch (IOException e) {
                err.println(file.engine + ": " + file.file(installer.etc, installer.name) + ": " + e.getMessage());
                status = 1;
            }
        }
        if (installer.installs && (engines.isEmpty() || engines.contains(KUBERNETES))) {
            installer.printRuntimeClass();
        }
        return status;
    }

    private void change(EngineFile engine) throws IOException {
        Path file = engine.file(etc, name);
        String text = read(file);
        Optional<String> changed = installs ? engine.with(text, name, program) : engine.without(text, name, program);
        if (changed.isEmpty()) {
            out.println(engine.engine + ": " + file + (installs ? " has it already" : " does not have it"));
            return;
        }
        if (prints) {
            out.println(engine.engine + ": " + file + (changed.get().isEmpty() ? " is removed" : " becomes"));
            out.print(changed.get().isEmpty() ? "" : changed.get().indent(4));
            return;
        }
        if (changed.get().isEmpty()) {
            Files.delete(file);
        } else {
            write(file, changed.get());
        }
        out.println(engine.engine + ": " + file + (changed.get().isEmpty() ? " removed" : " written") + next(engine));
    }

    private String next(EngineFile engine) {
        return switch (engine) {
            case DOCKER ->
                installs
                        ? "; \"systemctl reload docker\", then \"docker run --runtime=" + name + "\""
                        : "; \"systemctl reload docker\"";
            case CONTAINERD -> "; \"systemctl restart containerd\", whose containers go on";
            case PODMAN -> installs ? "; \"podman --runtime=" + name + " run\"" : "";
            case CRI_O -> "; \"systemctl restart crio\", whose containers go on";
        };
    }

    private void printRuntimeClass() {
        out.println("kubernetes: \"kubectl apply\" takes this, and pods then name it as runtimeClassName");
        out.print(("apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: " + name + "\nhandler: " + name
                        + "\n")
                .indent(4));
    }

    private static String read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        byte[] bytes = RuntimeCompiler.content(file);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (bytes.length > OciBundle.BYTES_MAX || !Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8))) {
            throw new IOException("it is no text in UTF-8 of at most 4 MiB");
        }
        return text;
    }

    /** All of it or nothing; with the owner and the permissions that it had, through a link if it is one. */
    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Path real = Files.exists(file) ? file.toRealPath() : file;
        Path temporary = Files.createTempFile(real.getParent(), ".sandjar", ".new");
        try {
            Files.writeString(temporary, text);
            if (Files.exists(real)) {
                PosixFileAttributes had =
                        Files.readAttributes(real, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                Files.setPosixFilePermissions(temporary, had.permissions());
                Files.setAttribute(temporary, "unix:uid", Files.getAttribute(real, "unix:uid"));
                Files.setAttribute(temporary, "unix:gid", Files.getAttribute(real, "unix:gid"));
            } else {
                Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-r--r--"));
            }
            Files.move(temporary, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
