package dev.sandjar.internal.plugin.host;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * A jar, or a directory of classes, of a plugin's class path, as it is read: a sandbox may have been allowed to write there, so that
 * there may be anything in it. Links are followed as far as those of the host's other files are, nothing waits for a pipe, and what
 * is larger than any plugin is refused before it fills the disk.
 */
final class ClassPathEntry {
    /** Of the content, unpacked. */
    static final long BYTES_MAX = 4L << 30;

    private static final int FILES_MAX = 1 << 18;
    private static final int DEPTH_MAX = 128;

    private final Path path;
    private final long bytesMax;
    private long bytes;
    private int files;

    ClassPathEntry(Path path, long bytesMax) {
        this.path = path;
        this.bytesMax = bytesMax;
    }

    /** Writes it as a jar, the same for the same content. */
    void write(OutputStream out) throws IOException {
        if (Files.isDirectory(path)) {
            JarOutputStream jar = new JarOutputStream(out);
            try (HostTree tree = HostTree.open(path)) {
                pack(tree, path, "", 0, jar);
            }
            jar.finish();
            return;
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(PathBytes.shown(path), null, "on the class path of a plugin");
        }
        try (InputStream in = OpenFiles.content(path)) {
            BoundedReads.copy(in, out, bytesMax, PathBytes.shown(path));
        }
    }

    private void pack(HostTree tree, Path at, String prefix, int depth, JarOutputStream jar) throws IOException {
        if (depth > DEPTH_MAX) {
            throw refused(at, "nests deeper than " + DEPTH_MAX + " directories");
        }
        List<String> names = new ArrayList<>(tree.list());
        Collections.sort(names);
        for (String name : names) {
            HostTree.Stat stat = tree.stat(name);
            Path path = below(at, name);
            if (stat != null && stat.isDirectory()) {
                try (HostTree below = tree.beneath(name)) {
                    pack(below, path, prefix + text(name) + "/", depth + 1, jar);
                }
            } else if (stat != null && isFile(stat, path)) {
                count();
                JarEntry entry = new JarEntry(prefix + text(name));
                entry.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0));
                jar.putNextEntry(entry);
                copy(tree, name, stat, path, jar);
                jar.closeEntry();
            }
        }
    }

    /** Links to directories, pipes and the like are no classes. */
    private static boolean isFile(HostTree.Stat stat, Path path) {
        return stat.type() == HostTree.S_IFREG || (stat.type() == HostTree.S_IFLNK && Files.isRegularFile(path));
    }

    private void count() throws SandboxException {
        if (++files > FILES_MAX) {
            throw refused(path, "has more than " + FILES_MAX + " files");
        }
    }

    private void copy(HostTree tree, String name, HostTree.Stat stat, Path path, JarOutputStream jar)
            throws IOException {
        // A link, or a file that has another name, may be any file of the host: whether it is taken depends on where it
        // lies.
        boolean plain = stat.type() == HostTree.S_IFREG && stat.links() == 1;
        try (InputStream in = plain ? tree.read(name).content() : OpenFiles.content(path)) {
            byte[] buffer = new byte[1 << 14];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                bytes += n;
                if (bytes > bytesMax) {
                    throw refused(this.path, "has more than " + bytesMax + " bytes");
                }
                jar.write(buffer, 0, n);
            }
        }
    }

    private static Path below(Path at, String name) {
        String above = new String(PathBytes.of(at), StandardCharsets.ISO_8859_1);
        return PathBytes.path(HostTree.bytes(above + "/" + name));
    }

    private static String text(String name) {
        return new String(HostTree.bytes(name), StandardCharsets.UTF_8);
    }

    private static SandboxException refused(Path at, String why) {
        return new SandboxException(
                "read the class path of a plugin", null, PathBytes.shown(at), 0, "it " + why, "name a jar, or less");
    }
}
