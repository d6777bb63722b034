package dev.sandjar.internal.plan;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where programs of /usr have their configuration, and what packages compile of it: what links lead to out of /usr, and what is read by
 * its name. Nothing of services, accounts or keys; and of what is here nothing that not everybody may read.
 */
final class HostConfiguration {
    /** Names below the root; a star in the last part stands for anything. In the Javadoc of RootFs.hostReadOnly() too. */
    static final List<String> NAMES = List.of(
            "/etc/ImageMagick-*",
            "/etc/R",
            "/etc/X11/rgb.txt",
            "/etc/ant",
            "/etc/chromium.d",
            "/etc/dictionaries-common",
            "/etc/firefox",
            "/etc/firefox-esr",
            "/etc/fonts",
            "/etc/ghostscript",
            "/etc/groff",
            "/etc/inputrc",
            "/etc/java-*-openjdk",
            "/etc/libreoffice",
            "/etc/locale.alias",
            "/etc/magic",
            "/etc/manpath.config",
            "/etc/magic.mime",
            "/etc/maven",
            "/etc/mono",
            "/etc/papersize",
            "/etc/php",
            "/etc/php.d",
            "/etc/php.ini",
            "/etc/python3.*",
            "/etc/sgml",
            "/etc/texmf",
            "/etc/xml",
            "/var/lib/aspell",
            "/var/lib/dictionaries-common",
            "/var/lib/ghc",
            "/var/lib/ghostscript",
            "/var/lib/libreoffice",
            "/var/lib/texmf");

    /** It names the mounts of whoever reads it. */
    static final String MTAB = "/etc/mtab";

    /** More that has to be covered than this, or more to look at, and the directory is left out. */
    private static final int CLOSED_MAX = 16;

    private static final int FILES_MAX = 20_000;

    private final Path root;

    HostConfiguration(Path root) {
        this.root = root;
    }

    static HostConfiguration ofThisHost() {
        return new HostConfiguration(Path.of("/"));
    }

    /** Which of the names are there, as guest paths. */
    List<String> present() {
        List<String> present = new ArrayList<>();
        for (String name : NAMES) {
            if (name.indexOf('*') < 0) {
                add(name, present);
            } else {
                matching(name, present);
            }
        }
        return present;
    }

    private void matching(String pattern, List<String> present) {
        int slash = pattern.lastIndexOf('/');
        String parent = pattern.substring(0, slash);
        TreeSet<String> found = new TreeSet<>();
        try {
            PathMatcher matcher = root.getFileSystem().getPathMatcher("glob:" + pattern.substring(slash + 1));
            for (Path child : BoundedReads.entries(at(parent), FILES_MAX)) {
                if (matcher.matches(child.getFileName())) {
                    found.add(parent + "/" + child.getFileName());
                }
            }
        } catch (IOException e) {
            return; // there is no such directory, or it is not for everybody to read
        }
        found.forEach(name -> add(name, present));
    }

    private void add(String name, List<String> present) {
        if (isForAll(at(name))) {
            present.add(name);
        }
    }

    Path at(String name) {
        return root.resolve(name.substring(1));
    }

    /** Whether a guest path is at or below one of the names. */
    static boolean covers(String guest) {
        return NAMES.stream().anyMatch(name -> {
            int star = name.indexOf('*');
            if (star < 0) {
                return guest.equals(name) || guest.startsWith(name + "/");
            }
            int slash = guest.indexOf('/', star);
            String part = slash < 0 ? guest : guest.substring(0, slash);
            return part.length() >= name.length() - 1
                    && part.startsWith(name.substring(0, star))
                    && part.endsWith(name.substring(star + 1));
        });
    }

    /** Whether everybody may read a file, or list and enter a directory, and get there; of a link what it leads to. */
    boolean isForAll(Path path) {
        try {
            Path real = path.toRealPath();
            for (Path above = real.getParent(); above != null && above.startsWith(root); above = above.getParent()) {
                if (!mayBeEntered(above)) {
                    return false;
                }
            }
            return isOpen(real);
        } catch (IOException e) {
            return false; // whoever can't look does not know
        }
    }

    private static boolean mayBeEntered(Path directory) throws IOException {
        return Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_EXECUTE);
    }

    private static boolean isOpen(Path path) throws IOException {
        return isOpen(Files.readAttributes(path, PosixFileAttributes.class));
    }

    private static boolean isOpen(PosixFileAttributes attributes) {
        return attributes.permissions().contains(PosixFilePermission.OTHERS_READ)
                && (!attributes.isDirectory() || attributes.permissions().contains(PosixFilePermission.OTHERS_EXECUTE));
    }

    /**
     * What in a directory not everybody may read, and of a file nothing, each topmost, as names below it such as "/a/b"; null if that is too much, or there is too
     * much to look at. The file, or directories that are not closed, are put into {@code watched}. Links are nobody's secret: what they lead to is inside only if it is shown itself.
     */
    static @Nullable List<String> closedIn(Path directory, WatchedFiles watched) {
        List<String> closed = new ArrayList<>();
        try {
            Path top = directory.toRealPath();
            if (!Files.isDirectory(top)) {
                watched.shown(top);
                return closed;
            }
            FileVisitor<Path> visitor = new SimpleFileVisitor<>() {
                private FileVisitResult look(Path path, FileVisitResult next) throws IOException {
                    PosixFileAttributes attributes =
                            Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    boolean open = attributes.isSymbolicLink() || (!attributes.isOther() && isOpen(attributes));
                    return open ? next : close(path);
                }

                private FileVisitResult close(Path path) {
                    closed.add("/" + top.relativize(path));
                    return closed.size() > CLOSED_MAX ? FileVisitResult.TERMINATE : FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes unused) throws IOException {
                    FileVisitResult result =
                            path.equals(top) ? FileVisitResult.CONTINUE : look(path, FileVisitResult.CONTINUE);
                    if (result == FileVisitResult.CONTINUE) {
                        watched.shown(path); // what is made or replaced in it later may be closed too
                    }
                    return result;
                }

                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes unused) throws IOException {
                    FileVisitResult result = look(path, FileVisitResult.CONTINUE);
                    return result == FileVisitResult.SKIP_SUBTREE ? FileVisitResult.CONTINUE : result;
                }

                @Override
                public FileVisitResult visitFileFailed(Path path, IOException e) {
                    FileVisitResult result = close(path);
                    return result == FileVisitResult.SKIP_SUBTREE ? FileVisitResult.CONTINUE : result;
                }
            };
            BoundedReads.walk(top, Integer.MAX_VALUE, FILES_MAX, visitor);
        } catch (IOException e) {
            return null;
        }
        return closed.size() > CLOSED_MAX ? null : closed;
    }
}
