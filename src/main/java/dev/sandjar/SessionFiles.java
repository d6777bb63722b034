package dev.sandjar;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Files of a {@link SandboxSession}, below {@code /workspace}. Programs inside may change what is there at any time, and choose all names:
 * no symbolic link is followed, none is left by {@code ..}, and nothing but regular files is opened ({@code openat2(2)}), so that no call
 * leads out of the directory or waits for a pipe. Paths are relative to {@code /workspace}, with slashes between names; no name may be
 * empty, "." or "..". What is made belongs to the user of the programs. Thread-safe.
 */
public interface SessionFiles {
    /** What a name stands for. */
    enum Type {
        /** A regular file. */
        FILE,
        /** A directory. */
        DIRECTORY,
        /** A symbolic link, which is never followed. */
        LINK,
        /** A pipe, a socket or a device. */
        OTHER
    }

    /**
     * An entry of a directory.
     *
     * @param name its last name; bytes that are no UTF-8 are shown as U+FFFD
     * @param type what it is
     * @param size of a file
     */
    record Entry(String name, Type type, DataSize size) {}

    /**
     * Writes a file with mode 0644, at once: a program sees all of it or what was there before. Missing directories are made.
     *
     * @param path where
     * @param content all of it
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException if it can't be written: ELOOP or ENOTDIR where a directory of the path is something else
     * @throws IOException if the session's directory can't be opened
     */
    void write(String path, byte[] content) throws IOException;

    /**
     * Reads a file of at most 64 MiB.
     *
     * @param path which one
     * @return its content
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException if it is too large (EFBIG), no regular file (EINVAL), a link (ELOOP), or can't be read
     * @throws IOException if the session's directory can't be opened
     */
    byte[] read(String path) throws IOException;

    /**
     * Reads a file of at most 64 MiB as UTF-8, as {@link #read} does.
     *
     * @param path which one
     * @return its content; what is no UTF-8 is U+FFFD
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException as {@link #read}
     * @throws IOException if the session's directory can't be opened
     */
    String text(String path) throws IOException;

    /**
     * Lists a directory.
     *
     * @param path which one; empty for {@code /workspace} itself
     * @return its entries by name, at most a million
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException if it is no directory, can't be read, or has more
     * @throws IOException if the session's directory can't be opened
     */
    List<Entry> list(String path) throws IOException;

    /**
     * Looks at one name.
     *
     * @param path which one
     * @return what it is, or empty if there is nothing
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws IOException if it can't be looked at
     */
    Optional<Entry> find(String path) throws IOException;

    /**
     * Makes a directory, with missing ones above it.
     *
     * @param path where; nothing happens if it is there
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException if it can't be made, or something else is there
     * @throws IOException if the session's directory can't be opened
     */
    void createDirectory(String path) throws IOException;

    /**
     * Removes a file or link, or a directory with all that is in it.
     *
     * @param path which one
     * @return false if there was nothing
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException if it can't be removed
     * @throws IOException if the session's directory can't be opened
     */
    boolean delete(String path) throws IOException;

    /**
     * Copies a file of the host in, as {@link #write} writes it.
     *
     * @param source a file of the host; links are followed
     * @param path where
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException as {@link #write}
     * @throws IOException if the source can't be read
     */
    void copyIn(Path source, String path) throws IOException;

    /**
     * Copies a file out to a new file of the host. Nothing is left there if that fails.
     *
     * @param path which one
     * @param target a file that doesn't exist yet
     * @param most the largest size that is taken
     * @throws IllegalArgumentException if the path is malformed
     * @throws IllegalStateException if the session is closed
     * @throws SandboxException as {@link #read}
     * @throws IOException if the target exists or can't be written
     */
    void copyOut(String path, Path target, DataSize most) throws IOException;
}
