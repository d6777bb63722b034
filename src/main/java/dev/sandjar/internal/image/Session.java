package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work on a store directory. While it lasts, nobody collects garbage there; what it has not put in its place goes with it,
 * or, if the JVM is killed, with the next one.
 */
final class Session implements AutoCloseable {
    static final String LAYOUT = "oci-layout";
    static final byte[] LAYOUT_TEXT = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);
    private static final String BLOBS = "blobs";
    /** What is unfinished, and what is about to be removed. */
    static final String WORK = "work";

    private static final String LOCKS = "locks";
    private static final String USE = "use";
    private static final Set<PosixFilePermission> OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private final HostTree root;
    private final HostTree use;
    private final SubordinateFiles.Use ids = SubordinateFiles.use();
    // Not a monitor: waiting in one holds up the carrier of a virtual thread.
    private final ReentrantLock making = new ReentrantLock();
    private @Nullable HostTree workspace;
    private String workspaceName = "";

    private Session(HostTree root, HostTree use) {
        this.root = root;
        this.use = use;
    }

    /** What JVMs have left that ended in the middle of their work is removed. */
    static Session open(Path directory) throws IOException {
        Session session = open(directory, false);
        OwnedDirectories.trySweep(session, WORK);
        OwnedDirectories.trySweep(session, ImageRoot.COPIES);
        return session;
    }

    /** Waits until nobody else works on the store. */
    static Session alone(Path directory) throws IOException {
        return open(directory, true);
    }

    /** Whether there is no store yet, and nothing else either. */
    static boolean isNothing(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    private static Session open(Path directory, boolean alone) throws IOException {
        followNoPlantedLink(directory);
        makePrivate(directory);
        refuseOthers(directory);
        HostTree root = HostTree.openWithSubordinates(directory);
        try {
            for (String part : new String[] {BLOBS, WORK, LOCKS, "layers"}) {
                mkdir(root, part);
            }
            try (HostTree blobs = root.beneath(BLOBS);
                    HostTree locks = root.beneath(LOCKS)) {
                mkdir(blobs, "sha256");
                mkdir(blobs, "sha512");
                mkdir(locks, USE);
            }
            return new Session(root, locked(root, LOCKS + "/" + USE, alone));
        } catch (IOException | RuntimeException | Error e) {
            root.close();
            throw e;
        }
    }

    /** Another process may be making it too. */
    static void mkdir(HostTree in, String name) throws IOException {
        if (in.stat(name) == null) {
            try {
                in.mkdir(name, 0700);
            } catch (SandboxException e) {
                if (e.errno() != Errno.EEXIST.number()) {
                    throw e;
                }
            }
        }
    }

    /** Neither to a store, nor to where one would be made. */
    private static void followNoPlantedLink(Path directory) throws SandboxException {
        Path there = directory.toAbsolutePath();
        while (there != null && !Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
            there = there.getParent();
        }
        if (there != null) {
            Path unused = new WalkedPaths(path -> false).of(there, "open an image store");
        }
    }

    private static ImageException unmade(Path directory, IOException cause) {
        ImageException failure = new ImageException(
                "image store " + directory,
                "the directory can't be made: " + cause,
                "open another one by ImageStore.open(Path), or set XDG_CACHE_HOME to a directory that it may write to");
        failure.initCause(cause);
        return failure;
    }

    private static void makePrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            try {
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                    throw e;
                }
            } catch (FileSystemException e) {
                throw unmade(directory, e);
            }
        }
        if (!Files.getAttribute(directory, "unix:uid").equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            throw new ImageException(
                    "image store " + directory, "it belongs to somebody else", "choose another directory");
        }
        for (PosixFilePermission permission : Files.getPosixFilePermissions(directory)) {
            if (OTHERS.contains(permission)) {
                throw new ImageException(
                        "image store " + directory,
                        "others may write to it",
                        "chmod 700 it, or choose another directory");
            }
        }
    }

    /** A store has its locks before it has anything else but these; another process may be making it. */
    private static void refuseOthers(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> names =
                    entries.map(entry -> entry.getFileName().toString()).toList();
            if (!names.contains(LOCKS) && !List.of(BLOBS, WORK).containsAll(names)) {
                throw new ImageException(
                        "image store " + directory,
                        "it holds something else already, such as \"" + names.get(0) + "\"",
                        "choose a directory of its own; images in a directory are read by load(...)");
            }
        }
    }

    HostTree root() {
        return root;
    }

    /** A directory for what is unfinished, removed with this. */
    HostTree workspace() throws IOException {
        making.lock();
        try {
            HostTree made = workspace;
            if (made == null) {
                try (HostTree work = root.beneath(WORK)) {
                    workspaceName = OwnedDirectories.newName();
                    made = OwnedDirectories.make(work, workspaceName);
                }
                workspace = made;
            }
            return made;
        } finally {
            making.unlock();
        }
    }

    /** A lock for one thing, by which others wait until it is done; to be closed. */
    HostTree lock(String name) throws IOException {
        try (HostTree locks = root.beneath(LOCKS)) {
            mkdir(locks, name);
            return locked(locks, name, true);
        }
    }

    private static HostTree locked(HostTree in, String name, boolean exclusive) throws IOException {
        HostTree lock = in.beneath(name);
        try {
            lock.lock(exclusive, true);
            return lock;
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    @Override
    public void close() throws SandboxException {
        try {
            HostTree made = workspace;
            if (made != null) {
                try (HostTree work = root.beneath(WORK)) {
                    TreeRemoval.remove(work, workspaceName);
                } finally {
                    made.close();
                }
            }
        } finally {
            use.close();
            root.close();
            ids.close();
        }
    }
}
