package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Links of /usr that lead to something on the host and to nothing inside, where the root is a view of the host. /usr has a hundred
 * thousand files: only an explanation looks for them, and not deeper than packages put links to their configuration.
 */
final class LinksOut {
    private static final int DEPTH = 3;
    private static final int FILES_MAX = 200_000;
    private static final int NAMED_MAX = 12;
    private static final int CHAIN_MAX = 8;
    private static final Set<String> DULL = Set.of("/usr/share/man", "/usr/share/doc", "/usr/include", "/usr/src");
    /** What a sandbox has of its own. */
    private static final List<String> OWN = List.of("/proc", "/dev", "/sys", "/tmp", "/run");

    /** What was found last. */
    private static volatile @Nullable Found found;

    private record Found(Path root, List<Path> links, Map<Path, FileTime> directories) {
        boolean holds() {
            for (Map.Entry<Path, FileTime> entry : directories.entrySet()) {
                try {
                    if (!Files.getLastModifiedTime(entry.getKey()).equals(entry.getValue())) {
                        return false;
                    }
                } catch (IOException e) {
                    return false; // gone
                }
            }
            return true;
        }
    }

    private final List<MountEntry> mounts;
    private final Path root;

    LinksOut(List<MountEntry> mounts, Path root) {
        this.mounts = mounts;
        this.root = root;
    }

    /** What explanations say of them; null if there are none. */
    static AppliedPolicy.@Nullable Entry entry(Request request) {
        if (!(request.root() instanceof RootFs.HostReadOnly)) {
            return null;
        }
        List<String> lost = new LinksOut(request.mounts(), Path.of("/")).lost();
        if (lost.isEmpty()) {
            return null;
        }
        int more = lost.size() - NAMED_MAX;
        return new AppliedPolicy.Entry(
                "links of /usr that lead nowhere inside",
                Outcome.ABSENT,
                "",
                String.join(", ", lost.subList(0, Math.min(lost.size(), NAMED_MAX)))
                        + (more > 0 ? " and " + more + " more" : "")
                        + "; bind what a program needs of that");
    }

    /** "link -> target" each, in their order. */
    List<String> lost() {
        List<String> lost = new ArrayList<>();
        try {
            for (Path link : linksOut()) {
                if (leadsNowhere(link)) {
                    lost.add(PathBytes.shown(Path.of(guest(link))) + " -> "
                            + PathBytes.shown(PathBytes.ofLink(Files.readSymbolicLink(link))));
                }
            }
        } catch (IOException e) {
            return List.of(); // it is for people, and decides on nothing
        }
        lost.sort(null);
        return lost;
    }

    /** Links whose targets are not below /usr, found anew when a directory has changed. */
    private List<Path> linksOut() throws IOException {
        Found known = found;
        if (known != null && known.root().equals(root) && known.holds()) {
            return known.links();
        }
        List<Path> links = new ArrayList<>();
        Map<Path, FileTime> directories = new HashMap<>();
        Path usr = root.resolve("usr");
        BoundedReads.walk(usr, DEPTH, FILES_MAX, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                directories.put(path, attributes.lastModifiedTime());
                return DULL.contains(guest(path)) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                if (attributes.isSymbolicLink()
                        && !path.resolveSibling(Files.readSymbolicLink(path))
                                .normalize()
                                .startsWith(usr)) {
                    links.add(path);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) {
                return FileVisitResult.CONTINUE; // what can't be looked at can't be entered inside either
            }
        });
        found = new Found(root, List.copyOf(links), Map.copyOf(directories));
        return links;
    }

    private String guest(Path path) {
        return "/" + root.relativize(path);
    }

    /** Not so of a link that leads nowhere on the host either. */
    private boolean leadsNowhere(Path link) throws IOException {
        Path at = link;
        for (int i = 0; i < CHAIN_MAX && Files.isSymbolicLink(at); i++) {
            Path target = Files.readSymbolicLink(at);
            Path next = target.isAbsolute() ? root.resolve(Path.of("/").relativize(target)) : at.resolveSibling(target);
            at = next.normalize();
            if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            if (!at.startsWith(root) || !isShown(guest(at))) {
                return true;
            }
        }
        return false;
    }

    private boolean isShown(String guest) {
        return HostView.isShown(guest)
                || OWN.stream().anyMatch(own -> isAtOrBelow(guest, own))
                || mounts.stream()
                        .filter(entry -> !MountKinds.isCover(entry) && !(entry instanceof MountEntry.Directory))
                        .anyMatch(entry -> isAtOrBelow(guest, entry.target()));
    }

    private static boolean isAtOrBelow(String guest, String above) {
        return guest.equals(above) || guest.startsWith(above + "/");
    }
}
