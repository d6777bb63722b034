package dev.sandjar.internal.engine;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxException;
import dev.sandjar.SessionFiles;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.GuestPath;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Files in a directory that a guest may write to, each call by a descriptor of its own. */
final class SessionTree implements SessionFiles {
    private static final long READ_MAX = DataSize.mebibytes(64).toBytes();
    private static final int CHUNK = 1 << 16;
    private static final int FILE_MODE = 0644;
    private static final int DIRECTORY_MODE = 0755;

    private final Path root;
    private final Runnable used;

    /** @param used is called first by each call, and throws if the session is closed */
    SessionTree(Path root, Runnable used) {
        this.root = root;
        this.used = used;
    }

    private interface Work<T> {
        T in(HostTree top) throws IOException;
    }

    private <T> T in(Work<T> work) throws IOException {
        used.run();
        SubordinateFiles.Use use = SubordinateFiles.use();
        try (HostTree top = HostTree.openWithSubordinates(root)) {
            return work.in(top);
        } finally {
            use.close();
        }
    }

    /** As the tree takes it, whose characters are bytes. */
    private static String name(String path) {
        Objects.requireNonNull(path, "path");
        String checked = GuestPath.target("path below /workspace", "/" + path).substring(1);
        return new String(checked.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private static String parent(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('/')));
    }

    /** A directory beneath, made if it is missing. */
    private static HostTree make(HostTree top, String path) throws SandboxException {
        HostTree at = top.again();
        try {
            for (String name : path.isEmpty() ? new String[0] : path.split("/", -1)) {
                at.tryMkdir(name, DIRECTORY_MODE);
                HostTree next = at.beneath(name);
                at.close();
                at = next;
            }
            return at;
        } catch (SandboxException | RuntimeException | Error e) {
            at.close();
            throw e;
        }
    }

    @Override
    public void write(String path, byte[] content) throws IOException {
        Objects.requireNonNull(content, "content");
        write(name(path), new ByteArrayInputStream(content.clone()));
    }

    private void write(String name, InputStream content) throws IOException {
        in(top -> {
            try (HostTree directory = make(top, parent(name))) {
                String written = String.format(
                        Locale.ROOT,
                        ".sandjar-%016x",
                        ThreadLocalRandom.current().nextLong());
                boolean there = false;
                try (HostFile file = directory.create(written)) {
                    try (OutputStream out = file.output()) {
                        copy(content, out, Long.MAX_VALUE);
                        file.chmod(FILE_MODE);
                    }
                    directory.replace(written, directory, last(name));
                    there = true;
                } finally {
                    if (!there && directory.stat(written) != null) {
                        TreeRemoval.remove(directory, written);
                    }
                }
            }
            return true;
        });
    }

    /** False if there is more than that. */
    private static boolean copy(InputStream from, OutputStream to, long most) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        int n = from.read(chunk);
        while (n >= 0) {
            if (n > most - done) {
                return false;
            }
            to.write(chunk, 0, n);
            done += n;
            n = from.read(chunk);
        }
        return true;
    }

    /** The size of a file that grows meanwhile is only its beginning, so that is counted as well. */
    private static void read(HostTree top, String name, OutputStream to, long most) throws IOException {
        try (HostFile file = top.read(name)) {
            long size = file.stat().size();
            if (size > most || !copy(file.content(), to, most)) {
                throw new SandboxException(
                        "read a file",
                        null,
                        top.shown(name),
                        Errno.EFBIG.number(),
                        "it has more than " + DataSize.bytes(most),
                        "have a program inside divide it, or allow copyOut(...) more");
            }
        }
    }

    @Override
    public byte[] read(String path) throws IOException {
        String name = name(path);
        return in(top -> {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            read(top, name, content, READ_MAX);
            return content.toByteArray();
        });
    }

    @Override
    public String text(String path) throws IOException {
        return new String(read(path), StandardCharsets.UTF_8);
    }

    @Override
    public List<Entry> list(String path) throws IOException {
        String name = path.isEmpty() ? "" : name(path);
        return in(top -> {
            List<Entry> entries = new ArrayList<>();
            try (HostTree directory = top.beneath(name)) {
                for (String entry : directory.list()) {
                    HostTree.Stat stat = directory.stat(entry);
                    if (stat != null) { // it may have been removed since
                        entries.add(entry(entry, stat));
                    }
                }
            }
            entries.sort(Comparator.comparing(Entry::name));
            return List.copyOf(entries);
        });
    }

    private static Entry entry(String name, HostTree.Stat stat) {
        Type type =
                switch (stat.type()) {
                    case HostTree.S_IFREG -> Type.FILE;
                    case HostTree.S_IFDIR -> Type.DIRECTORY;
                    case HostTree.S_IFLNK -> Type.LINK;
                    default -> Type.OTHER;
                };
        return new Entry(
                new String(HostTree.bytes(name), StandardCharsets.UTF_8),
                type,
                DataSize.bytes(type == Type.FILE ? stat.size() : 0));
    }

    @Override
    public Optional<Entry> find(String path) throws IOException {
        String name = name(path);
        return in(top -> {
            HostTree.Stat stat = top.stat(name);
            return stat == null ? Optional.empty() : Optional.of(entry(last(name), stat));
        });
    }

    @Override
    public void createDirectory(String path) throws IOException {
        String name = name(path);
        in(top -> {
            make(top, name).close();
            return true;
        });
    }

    @Override
    public boolean delete(String path) throws IOException {
        String name = name(path);
        return in(top -> {
            @Nullable HostTree directory = top.tryBeneath(parent(name));
            if (directory == null) {
                return false;
            }
            try (directory) {
                boolean there = directory.stat(last(name)) != null;
                TreeRemoval.remove(directory, last(name));
                return there;
            }
        });
    }

    @Override
    public void copyIn(Path source, String path) throws IOException {
        Objects.requireNonNull(source, "source");
        String name = name(path);
        try (InputStream content = Files.newInputStream(source)) {
            write(name, content);
        }
    }

    @Override
    public void copyOut(String path, Path target, DataSize most) throws IOException {
        String name = name(path);
        Objects.requireNonNull(most, "most");
        in(top -> {
            OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            boolean done = false;
            try (out) {
                read(top, name, out, most.toBytes());
                done = true;
            } finally {
                if (!done) {
                    Files.deleteIfExists(target);
                }
            }
            return true;
        });
    }

    /** Removes all. */
    void clear() throws IOException {
        in(top -> {
            TreeRemoval.removeAll(top);
            return true;
        });
    }
}
