package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor that a program gets besides its standard three. Declared with {@link Command#descriptor}; the numbers are
 * 3, 4, ... in the order of declaration, and the program finds each in an environment variable, see {@link #variable}.
 * An immutable value.
 */
public final class Descriptor {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");

    /** What is behind a descriptor. */
    public enum Kind {
        /** A file of the host, open for reading. */
        READ_FROM,
        /** A file of the host, open for writing, made or emptied at the start. */
        WRITE_TO,
        /** A file of the host, open for writing at its end, made if it isn't there. */
        APPEND_TO,
        /** An existing file of the host, open for reading and writing. */
        READ_WRITE,
        /** A pipe that the host writes and the program reads. */
        PIPE_IN,
        /** A pipe that the program writes and the host reads. */
        PIPE_OUT
    }

    private final Kind kind;
    private final @Nullable Path path;

    private Descriptor(Kind kind, @Nullable Path path) {
        this.kind = kind;
        this.path = path;
    }

    /**
     * Gives the program an existing file of the host for reading. The host process opens it at the start, with its own permissions, on a
     * read-only copy of its mount ({@code open_tree(2)}), so that the program can't open it again for writing. Where this process may make
     * none and the file could be written to, the program gets a copy of at most 16 MiB in sealed memory ({@code memfd_create(2)}), and of
     * a larger file a pipe. Only regular files and character devices of /dev are opened, no links and never waiting.
     *
     * @param path the file; relative to the host's working directory
     * @return the descriptor
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static Descriptor readFrom(Path path) {
        return new Descriptor(Kind.READ_FROM, Checks.hostPath("descriptor path", path));
    }

    /**
     * Gives the program a file of the host for writing, which the host process makes or empties at the start. The program holds the file
     * itself: if its user may, it can open it again through {@code /proc/self/fd}, and read what it and others have written there since,
     * or change that. Where others write to the file too, give a {@link #pipeOut()} and write it yourself.
     *
     * @param path the file; relative to the host's working directory
     * @return the descriptor
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static Descriptor writeTo(Path path) {
        return new Descriptor(Kind.WRITE_TO, Checks.hostPath("descriptor path", path));
    }

    /**
     * Gives the program a file of the host for writing at its end, which the host process makes at the start if it isn't there. Of a
     * regular file the program gets a pipe, from which the host writes to the file's end: the program can't open the file again to read
     * or change what is there.
     *
     * @param path the file; relative to the host's working directory
     * @return the descriptor
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static Descriptor appendTo(Path path) {
        return new Descriptor(Kind.APPEND_TO, Checks.hostPath("descriptor path", path));
    }

    /**
     * Gives the program an existing file of the host for reading and writing, with its content. The host process opens it at the start,
     * with its own permissions.
     *
     * @param path the file; relative to the host's working directory
     * @return the descriptor
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static Descriptor readWrite(Path path) {
        return new Descriptor(Kind.READ_WRITE, Checks.hostPath("descriptor path", path));
    }

    /**
     * Gives the program a pipe that it reads and the host writes by {@link SandboxProcess#descriptorOutput}.
     *
     * @return the descriptor
     */
    public static Descriptor pipeIn() {
        return new Descriptor(Kind.PIPE_IN, null);
    }

    /**
     * Gives the program a pipe that it writes and the host reads by {@link SandboxProcess#descriptorInput}. The pipe holds 64 KiB: a
     * program that writes more waits until somebody reads.
     *
     * @return the descriptor
     */
    public static Descriptor pipeOut() {
        return new Descriptor(Kind.PIPE_OUT, null);
    }

    /**
     * The environment variable by which a program finds the number of a descriptor.
     *
     * @param name the descriptor's name
     * @return {@code SANDJAR_FD_} and the name in upper case
     * @throws IllegalArgumentException if the name is not a letter and up to 63 letters, digits and underscores
     */
    public static String variable(String name) {
        Objects.requireNonNull(name, "name");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("descriptor name " + Printable.quote(name)
                    + " is not a letter (A-Z, a-z) and up to 63 letters, digits and underscores");
        }
        return "SANDJAR_FD_" + name.toUpperCase(Locale.ROOT);
    }

    /**
     * What is behind the descriptor.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The file behind the descriptor.
     *
     * @return an absolute path of the host, or empty for a pipe
     */
    public Optional<Path> path() {
        return Optional.ofNullable(path);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Descriptor that && kind == that.kind && Objects.equals(path, that.path);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, path);
    }

    @Override
    public String toString() {
        String word = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return path == null ? word : word + " " + PathBytes.shown(path);
    }
}
