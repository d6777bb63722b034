package dev.sandjar.changes;

import dev.sandjar.RunResult;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a sandbox has written to its root: which files were created, modified and deleted, compared with what lies below its writable
 * layer (overlayfs) and with what its own set-up had placed there. Get it from {@link RunResult#changes()} or
 * {@link SandboxProcess#changes()}; what of it can be read is on disk until {@link #close()}.
 *
 * <pre>{@code
 * Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();
 * try (ChangeSet changes = sandbox.run("sh", "-c", "echo hello >out").changes().orElseThrow()) {
 *     changes.text("/work/out");              // "hello\n"
 *     changes.exportTar(out);                 // the same bytes for the same changes
 *     changes.commit(Path.of("result"));      // an existing directory; or throw them away
 * }
 * }</pre>
 *
 * <p>Compared are type, permissions, content and the target of links. Owners, times and extended attributes are not: two runs that
 * write the same give equal change sets. All that is read is hostile: no link in it is ever followed, and more than 100,000 changes,
 * 200 directories in each other or 1 GiB of content is an exception. Two names of one file (hard links) are two files here.
 *
 * <p>Paths are those inside, absolute; names that are no UTF-8 have halves of surrogate pairs, U+DC80 to U+DCFF, for their bytes. The
 * list is immutable; everything may be used by any thread.
 */
public interface ChangeSet extends AutoCloseable {
    /** What happened to a path. */
    enum Kind {
        /** It is new. */
        CREATED,
        /** It was there: content, permissions, type or target are others now. */
        MODIFIED,
        /** It is gone. */
        DELETED
    }

    /** Types of files ({@code inode(7)}). */
    enum FileType {
        /** A regular file. */
        FILE,
        /** A directory. */
        DIRECTORY,
        /** A symbolic link. */
        SYMLINK,
        /** A named pipe. */
        FIFO,
        /** A socket's name. */
        SOCKET,
        /** A character or block device. */
        DEVICE
    }

    /**
     * One path that is not as it was.
     *
     * @param kind what happened
     * @param path inside the sandbox, absolute
     * @param type of the file now; of a deleted one, before
     * @param mode permissions with set-user-ID, set-group-ID and sticky bit, 0 to 07777 (octal); 0777 for a link
     * @param size of a regular file in bytes, else 0
     * @param sha256 of a regular file's content in hexadecimal; "" otherwise, and where a deleted file was not read
     * @param target of a symbolic link, else ""
     * @param contentChanged false if only the permissions are others
     */
    record Change(
            Kind kind,
            String path,
            FileType type,
            int mode,
            long size,
            String sha256,
            String target,
            boolean contentChanged) {
        /** One line for people and comparisons; control characters and backslashes are escaped, so that no name can pretend more. */
        @Override
        public String toString() {
            String name = Printable.line(path.replace("\\", "\\\\"));
            String line = String.format(
                    Locale.ROOT,
                    "%-8s %-9s %04o %10d %s %s",
                    kind,
                    type,
                    mode,
                    size,
                    sha256.isEmpty() ? "-" : sha256,
                    name);
            return type == FileType.SYMLINK ? line + " -> " + Printable.line(target.replace("\\", "\\\\")) : line;
        }
    }

    /**
     * All changes.
     *
     * @return in the order of the paths, a directory before what is in it; unmodifiable
     */
    List<Change> all();

    /**
     * What is new.
     *
     * @return in the order of {@link #all()}
     */
    List<Change> created();

    /**
     * What was there and is different now.
     *
     * @return in the order of {@link #all()}
     */
    List<Change> modified();

    /**
     * What is gone, of directories also all that was in them.
     *
     * @return in the order of {@link #all()}
     */
    List<Change> deleted();

    /**
     * Whether nothing was written.
     *
     * @return true if there is no change
     */
    boolean isEmpty();

    /**
     * What happened to one path.
     *
     * @param path inside the sandbox, absolute
     * @return the change, or empty if it is as it was, or not there
     */
    Optional<Change> find(String path);

    /**
     * Files that were only moved, as far as it can be known: a file that is gone, and a new one elsewhere with the same content, which is
     * not empty. Both are among the changes.
     *
     * @return from the old path to the new one; unmodifiable
     */
    Map<String, String> renames();

    /**
     * The content of a file that was created or modified.
     *
     * @param path inside the sandbox, absolute
     * @return the file's bytes; close it
     * @throws IllegalArgumentException if there is no such file among the changes
     * @throws IllegalStateException if this is closed
     * @throws IOException if it can't be read
     */
    InputStream content(String path) throws IOException;

    /**
     * The same as text.
     *
     * @param path inside the sandbox, absolute
     * @return decoded as UTF-8, with U+FFFD for what isn't
     * @throws IllegalArgumentException if there is no such file among the changes, or it is larger than 16 MiB
     * @throws IllegalStateException if this is closed
     * @throws IOException if it can't be read
     */
    String text(String path) throws IOException;

    /**
     * All changes as text.
     *
     * @return a line of {@link Change#toString()} each; the same text for the same changes
     */
    String manifest();

    /**
     * A number for all changes, to be compared with that of another run.
     *
     * @return SHA-256 of {@link #manifest()}, in hexadecimal
     */
    String digest();

    /**
     * Writes the changes as a tar archive that is a layer of an OCI image (image-spec, "layer.md"): what is gone is an empty file
     * {@code .wh.NAME}. The same changes give the same bytes: entries in order, owner 0, time 0. Sockets are left out, as in every tar.
     *
     * @param out is not closed
     * @throws SandboxException if there is a device, or a name that would mean a deletion (.wh.)
     * @throws IllegalStateException if this is closed
     * @throws IOException if the content can't be read or the archive can't be written
     */
    void exportTar(OutputStream out) throws IOException;

    /**
     * Does to a directory of the host what was done to the sandbox's root: creates, replaces and deletes. Everything is resolved one
     * name at a time below the directory, without following any link, neither of the changes nor of the directory. Files are replaced
     * as a whole, never written in place; permissions lose set-user-ID and set-group-ID; owner is this process. It is not one step: after
     * an exception part of it is done.
     *
     * @param directory an existing one
     * @throws SandboxException before anything is written, if there is a pipe, socket or device, or a link that could lead out of the
     *     directory: an absolute one, or with more ".." than directories above it; later, if the directory has a link or a file where a
     *     directory is needed
     * @throws IllegalStateException if this is closed
     * @throws IOException if it can't be read or written
     */
    void commit(Path directory) throws IOException;

    /**
     * Removes the changes from disk, with the directory that {@code keepChanges} made for them; an upper directory that the caller named
     * stays, empty. The list stays.
     *
     * @throws IOException if they can't be removed
     */
    void discard() throws IOException;

    /**
     * Removes captured changes from disk; kept ones stay where they are. The list stays, contents are no longer there. Further calls do
     * nothing. Captured changes that nobody closes go when this object does.
     *
     * @throws IOException if they can't be removed
     */
    @Override
    void close() throws IOException;
}
