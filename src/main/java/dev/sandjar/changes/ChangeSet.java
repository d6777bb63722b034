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
 * The changes that a sandbox has made to its root: which files were created, modified and deleted, compared with what lies below its
 * writable layer (overlayfs) and with what its own set-up had placed there. Get a change set from {@link RunResult#changes()} or {@link
 * SandboxProcess#changes()}. The contents of files are on disk until {@link #close()}; all else is in memory.
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
 * <p>Type, permissions, content and the target of links are compared. Owners, times and extended attributes are not, so that two runs that
 * write the same give the same changes and the same {@link #digest()}. All that is read is hostile: no link in it is ever followed, and a
 * layer with more than 100,000 changes, 200 directories in each other or 1 GiB of content is refused with a {@link SandboxException}. Two
 * names of one file (hard links) are two files in a change set.
 *
 * <p>Paths are guest paths, absolute. A byte of a name that is not part of UTF-8 is half of a surrogate pair, U+DC80 to U+DCFF. The list
 * of changes is immutable; all methods may be called by any thread.
 */
public interface ChangeSet extends AutoCloseable {
    /** The kinds of changes. */
    enum Kind {
        /** The path was not there before. */
        CREATED,
        /** The path was there, and has another content, type, target or other permissions now. */
        MODIFIED,
        /** The path was there, and is not there any more. */
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
        /** A socket ({@code unix(7)}). */
        SOCKET,
        /** A character or block device. */
        DEVICE
    }

    /**
     * The change of one path. An immutable value. Type, mode, size, digest and target are those that the file has now, or those that it
     * had before if it was deleted.
     *
     * @param kind what happened to the path
     * @param path the guest path, absolute
     * @param type the type of the file
     * @param mode the permissions with set-user-ID, set-group-ID and sticky bit, 0 to 07777 (octal); 0777 for a symbolic link
     * @param size the size of a regular file in bytes, else 0
     * @param sha256 the SHA-256 of a regular file's content in hexadecimal; "" otherwise, and where a deleted file was not read
     * @param target the target of a symbolic link, else ""
     * @param contentChanged false if only the permissions have changed
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
        /**
         * Returns the change as one line for people and comparisons. Control characters and backslashes are escaped, so that no name can
         * look like more than one line.
         */
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
     * Returns all changes.
     *
     * @return the changes in the order of their paths, a directory before what is in it; unmodifiable
     */
    List<Change> all();

    /**
     * Returns the changes of paths that are new.
     *
     * @return the changes in the order of {@link #all()}; unmodifiable
     */
    List<Change> created();

    /**
     * Returns the changes of paths that were there and are different now.
     *
     * @return the changes in the order of {@link #all()}; unmodifiable
     */
    List<Change> modified();

    /**
     * Returns the changes of paths that are gone. Of a directory that is gone, all that was in it is listed too.
     *
     * @return the changes in the order of {@link #all()}; unmodifiable
     */
    List<Change> deleted();

    /**
     * Tells whether nothing was changed.
     *
     * @return true if there is no change
     */
    boolean isEmpty();

    /**
     * Looks up the change of one path.
     *
     * @param path the guest path, absolute, as {@link Change#path()} has it
     * @return the change, or empty if the path is as it was, or was never there
     */
    Optional<Change> find(String path);

    /**
     * Returns which files were probably moved: for a file that is gone, a new one elsewhere with the same content. Empty files are left
     * out. Both paths are also among the changes.
     *
     * @return new paths by old paths; unmodifiable
     */
    Map<String, String> renames();

    /**
     * Opens a regular file that was created or modified, to read its content.
     *
     * @param path the guest path, absolute, as {@link Change#path()} has it
     * @return a stream of the file's bytes, which the caller closes
     * @throws IllegalArgumentException if no regular file with this path was created or modified
     * @throws IllegalStateException if this change set is closed
     * @throws IOException if the file can't be read
     */
    InputStream content(String path) throws IOException;

    /**
     * Reads a regular file that was created or modified as text.
     *
     * @param path the guest path, absolute, as {@link Change#path()} has it
     * @return the content decoded as UTF-8, with U+FFFD for what isn't
     * @throws IllegalArgumentException if no regular file with this path was created or modified, or it is larger than 16 MiB
     * @throws IllegalStateException if this change set is closed
     * @throws IOException if the file can't be read
     */
    String text(String path) throws IOException;

    /**
     * Returns all changes as text.
     *
     * @return a line of {@link Change#toString()} for each change; the same text for the same changes
     */
    String manifest();

    /**
     * Returns a digest of all changes, to be compared with that of another run.
     *
     * @return the SHA-256 of {@link #manifest()}, in hexadecimal
     */
    String digest();

    /**
     * Writes the changes as a tar archive that is a layer of an OCI image ({@code layer.md} of the image specification), in which an empty
     * file {@code .wh.NAME} stands for a path that is gone. The same changes give the same bytes: entries are in order, with owner 0 and
     * time 0. Sockets are left out, as in every tar.
     *
     * @param out receives the archive; it is flushed and not closed
     * @throws SandboxException if a device was made, or a path whose name would mean a deletion (.wh.)
     * @throws IllegalStateException if this change set is closed and has the content of a file to write; also if Commons Compress ({@code
     *     org.apache.commons:commons-compress}) is not there
     * @throws IOException if the content can't be read or the archive can't be written
     */
    void exportTar(OutputStream out) throws IOException;

    /**
     * Applies the changes to a directory of the host: creates, replaces and deletes there what was created, modified and deleted in the
     * sandbox's root. Paths are resolved one name at a time below the directory, and no link is followed, neither of the changes nor of
     * the directory. Files are replaced as a whole, never written in place. Set-user-ID and set-group-ID are dropped from permissions, and
     * the owner is that of this process. Directories that the sandbox has found, and the host's directory lacks, are made with mode 0755.
     * The changes are not applied in one step: after an exception, a part of them may have been applied.
     *
     * @param directory an existing directory
     * @throws SandboxException before anything is written, if a pipe, socket or device was made, or a link that could lead out of the
     *     directory: to an absolute path, or with ".." behind a name or more often than there are directories above the link; later, if
     *     the directory has a link or a file where a directory is needed
     * @throws IllegalStateException if this change set is closed and has the content of a file to write
     * @throws IOException if the content can't be read or the directory can't be written
     */
    void commit(Path directory) throws IOException;

    /**
     * Removes the changes from disk, also those that were kept, with the directory that {@code keepChanges} made for them. An upper
     * directory that the caller named stays, empty. The list of changes stays, and contents can't be read any more.
     *
     * @throws IOException if the changes can't be removed
     */
    void discard() throws IOException;

    /**
     * Closes this change set. Captured changes are removed from disk, and kept ones stay where they are. The list of changes stays, and
     * contents can't be read any more. Further calls do nothing. Captured changes that nobody closes are removed when this object is
     * garbage-collected.
     *
     * @throws IOException if captured changes can't be removed
     */
    @Override
    void close() throws IOException;
}
