package dev.sandjar.internal.plan;

import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import dev.sandjar.ProcOption;
import dev.sandjar.RootFs;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What will be at a path inside, derived from the plan and from the host's files as they are now: for explanations only, since the launcher
 * looks for itself. Links are followed as it follows them.
 */
final class GuestView {
    enum Presence {
        THERE,
        ABSENT,
        /** What a file system of the kernel's has, or a directory that this process may not look into. */
        UNKNOWN
    }

    private static final int LINKS_MAX = 40;
    private static final Set<String> MADE = Set.of("/tmp", "/run", "/home", "/root", "/var", "/var/tmp", "/etc");
    private static final String CGROUPS = "/sys/fs/cgroup";

    /** @param link what it says, if it is one */
    private record Found(Presence presence, @Nullable String link) {
        static final Found THERE = new Found(Presence.THERE, null);
        static final Found ABSENT = new Found(Presence.ABSENT, null);
        static final Found UNKNOWN = new Found(Presence.UNKNOWN, null);
    }

    private final Draft draft;
    private final List<MountEntry> mounts;
    /** What was looked at on the host last, and whether it is a link. */
    private final Map<Path, Boolean> seen = new LinkedHashMap<>();

    /** Links in layers of the root that were followed last. */
    private final List<Path> ofLayers = new ArrayList<>();

    private String led = "";

    GuestView(Draft draft) {
        this(draft, entry -> true);
    }

    private GuestView(Draft draft, Predicate<MountEntry> counts) {
        this.draft = draft;
        this.mounts = draft.request.mounts().stream()
                .filter(entry -> !MountKinds.isCover(entry) && counts.test(entry))
                .toList();
    }

    /** Whether there is a place for an entry before it is put there. */
    static boolean hasPlaceFor(Draft draft, MountEntry entry) {
        return without(draft, entry).look(entry.target()) == Presence.THERE;
    }

    /** What there will be but for one entry. */
    static GuestView without(Draft draft, MountEntry entry) {
        return new GuestView(draft, other -> !other.equals(entry));
    }

    /** The host's files on the way to where {@link #look} has been last: should another be there, it is another place. */
    void watchIn(WatchedFiles watched) {
        Iterator<Map.Entry<Path, Boolean>> next = seen.entrySet().iterator();
        while (next.hasNext()) {
            Map.Entry<Path, Boolean> entry = next.next();
            watched.name(entry.getKey(), entry.getValue() || !next.hasNext());
        }
    }

    /** Where the path led that was looked at last, as far as links can be known. */
    String led() {
        return led;
    }

    /** Links of the host that were followed then. */
    List<Path> links() {
        return seen.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Links in layers of the root that were followed then, of earlier sandboxes maybe. */
    List<Path> linksOfLayers() {
        return List.copyOf(ofLayers);
    }

    Presence look(String path) {
        seen.clear();
        ofLayers.clear();
        led = path;
        Deque<String> todo = new ArrayDeque<>(names(path));
        List<String> done = new ArrayList<>();
        for (int links = 0; !todo.isEmpty(); ) {
            String name = todo.pop();
            if (name.equals("..")) {
                if (!done.isEmpty()) {
                    done.remove(done.size() - 1);
                }
                continue;
            }
            Found found = at("/" + String.join("/", done) + (done.isEmpty() ? "" : "/") + name);
            String link = found.link();
            if (link == null && found.presence() != Presence.THERE) {
                done.add(name);
                done.addAll(todo);
                led = "/" + String.join("/", done);
                return found.presence();
            } else if (link == null) {
                done.add(name);
                continue;
            }
            if (++links > LINKS_MAX) {
                return Presence.ABSENT;
            }
            if (link.startsWith("/")) {
                done.clear();
            }
            List<String> names = names(link);
            for (int i = names.size() - 1; i >= 0; i--) {
                todo.push(names.get(i));
            }
        }
        led = "/" + String.join("/", done);
        return Presence.THERE;
    }

    private static List<String> names(String path) {
        return Arrays.stream(path.split("/"))
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .toList();
    }

    /** Names above it are none of links. */
    private Found at(String guest) {
        MountEntry covering = null;
        boolean made = false;
        for (MountEntry entry : mounts) {
            if (guest.equals(entry.target())) {
                return entry instanceof MountEntry.Symlink link
                        ? new Found(Presence.THERE, link.text())
                        : isLeftOut(entry) ? below(null, guest) : Found.THERE;
            }
            made |= entry.target().startsWith(guest + "/") && !isLeftOut(entry);
            boolean above = guest.startsWith(entry.target() + "/");
            if (above && !isContent(entry) && !isLeftOut(entry)) {
                covering = entry;
            }
        }
        // For what lies below it is made, unless it is there.
        Found found = below(covering, guest);
        return made && found.presence() != Presence.THERE ? Found.THERE : found;
    }

    static boolean isContent(MountEntry entry) {
        return entry instanceof MountEntry.FileBytes
                || entry instanceof MountEntry.Symlink
                || entry instanceof MountEntry.Directory
                || entry instanceof MountEntry.Device;
    }

    private static boolean isLeftOut(MountEntry entry) {
        return entry instanceof MountEntry.Bind bind && bind.optional() && !Files.exists(bind.source());
    }

    private Found below(@Nullable MountEntry covering, String guest) {
        if (covering == null) {
            return inRoot(guest);
        }
        String rest = guest.substring(covering.target().length());
        Path source = ExactMount.sourceOf(covering);
        if (source != null) {
            return onHost(source, rest);
        } else if (covering instanceof MountEntry.Tmpfs) {
            return Found.ABSENT;
        } else if (covering instanceof MountEntry.Proc proc) {
            return proc.options().contains(ProcOption.SUBSET_PID) ? Found.UNKNOWN : kernel("/proc", rest);
        } else if (covering instanceof MountEntry.Dev) {
            String name = rest.substring(1);
            boolean known = DevPlanner.NODES.contains(name)
                    || Set.of("pts", "shm", "ptmx", "fd").contains(name);
            return known ? Found.THERE : name.startsWith("pts/") ? Found.UNKNOWN : Found.ABSENT;
        } else if (covering instanceof Mount mount) {
            return switch (mount.type().orElse("")) {
                case "tmpfs", "ramfs" -> Found.ABSENT;
                case "sysfs" -> kernel("/sys", rest);
                case "proc" -> kernel("/proc", rest);
                default -> Found.UNKNOWN;
            };
        }
        return Found.UNKNOWN;
    }

    /** The same kernel's files are behind the host's own, where nothing covers them; those of processes are others. */
    private Found kernel(String top, String rest) {
        if (top.equals("/proc") && (rest.startsWith("/self") || Character.isDigit(rest.charAt(1)))) {
            return Found.UNKNOWN;
        }
        Found found = onHost(Path.of(top), rest);
        return found.presence() == Presence.ABSENT && rest.indexOf('/', 1) > 0 ? Found.UNKNOWN : found;
    }

    private Found inRoot(String guest) {
        RootFs root = draft.request.root();
        boolean cgroups = CGROUPS.equals(guest) || CGROUPS.startsWith(guest + "/") || guest.startsWith(CGROUPS + "/");
        if (cgroups && CgroupView.isPlaced(draft)) {
            return guest.startsWith(CGROUPS + "/") ? Found.UNKNOWN : Found.THERE;
        }
        if (root instanceof RootFs.Host) {
            return onHost(Path.of("/"), guest);
        } else if (root instanceof RootFs.Directory directory) {
            return onHost(directory.path(), guest);
        } else if (root instanceof RootFs.HostReadOnly) {
            return inView(guest);
        } else if (root instanceof RootFs.Tmpfs) {
            return Found.ABSENT;
        } else if (root instanceof RootFs.Overlay overlay) {
            return inLayers(overlay, guest);
        }
        return Found.UNKNOWN;
    }

    private Found inView(String guest) {
        if (KernelView.there().stream().anyMatch(tree -> (tree + "/").startsWith(guest + "/"))) {
            return Found.THERE;
        }
        if (KernelView.TREES.stream().anyMatch(tree -> guest.startsWith(tree + "/"))) {
            return onHost(Path.of("/"), guest);
        }
        if (HostConfiguration.covers(guest) || guest.equals(HostConfiguration.MTAB)) {
            // Unless not everybody may read it, or something of the sandbox's own is there.
            return onHost(Path.of("/"), guest).presence() == Presence.ABSENT ? Found.ABSENT : Found.UNKNOWN;
        }
        if (HostConfiguration.NAMES.stream().anyMatch(name -> name.startsWith(guest + "/"))) {
            return MADE.contains(guest) ? Found.THERE : Found.UNKNOWN;
        }
        boolean shown = HostView.isShown(guest) && !HostView.WRITTEN.contains(guest);
        if (shown) {
            // Links of /etc are shown as what they lead to.
            Found found = onHost(Path.of("/"), guest);
            return found.link() != null && guest.startsWith("/etc/") ? Found.UNKNOWN : found;
        }
        return MADE.contains(guest) || HostView.WRITTEN.contains(guest)
                ? Found.THERE
                : guest.startsWith("/etc/ssl") ? Found.UNKNOWN : Found.ABSENT;
    }

    private Found inLayers(RootFs.Overlay overlay, String guest) {
        List<Path> layers = new ArrayList<>();
        Path upper = OverlayPlanner.upper(draft, overlay.upper());
        if (upper != null) {
            layers.add(upper);
        }
        layers.addAll(overlay.lower());
        for (Path layer : layers) {
            // Nobody may change a layer that is in use.
            Found found = onHost(path(layer, guest));
            if (found.link() != null) {
                ofLayers.add(path(layer, guest));
            }
            if (found.presence() != Presence.ABSENT) {
                return isWhiteout(layer, guest) ? Found.ABSENT : found;
            }
        }
        return Found.ABSENT;
    }

    private static boolean isWhiteout(Path layer, String guest) {
        try {
            Path path = path(layer, guest);
            Object type = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            Object device = Files.getAttribute(path, "unix:rdev", LinkOption.NOFOLLOW_LINKS);
            return type instanceof Integer mode
                    && (mode & 0170000) == 0020000
                    && Long.valueOf(0).equals(device);
        } catch (IOException e) {
            return false; // whatever it is, something is there
        }
    }

    private Found onHost(Path top, String rest) {
        Path path = path(top, rest);
        Found found = onHost(path);
        // The kernel makes up what is in these.
        if (!path.startsWith("/proc") && !path.startsWith("/sys")) {
            seen.put(path, found.link() != null);
        }
        return found;
    }

    private static Found onHost(Path path) {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isSymbolicLink()
                    ? new Found(
                            Presence.THERE,
                            new String(PathBytes.ofLink(Files.readSymbolicLink(path)), StandardCharsets.UTF_8))
                    : Found.THERE;
        } catch (NoSuchFileException e) {
            return Found.ABSENT;
        } catch (IOException e) {
            return Files.notExists(path, LinkOption.NOFOLLOW_LINKS) ? Found.ABSENT : Found.UNKNOWN;
        }
    }

    private static Path path(Path top, String rest) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(PathBytes.of(top));
        out.writeBytes(rest.getBytes(StandardCharsets.UTF_8));
        return PathBytes.path(out.toByteArray());
    }
}
