package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether the program of a sandbox may enter, or read, what of the host is shown to it, as owners and modes have it. */
final class Reach {
    private static final int READ = 04;
    private static final int WRITE = 02;
    private static final int SEARCH = 01;

    private static final String WRITABLE_FOR_OWNER = "let its owner write to it (chmod u+w)";

    private Reach() {}

    /** What it depends on. Immutable. */
    record View(
            Request request,
            Host host,
            IdMapPlan idMap,
            boolean userNamespace,
            Map<String, PrivateSource.Obstacle> obstacles) {
        View {
            obstacles = Map.copyOf(obstacles);
        }
    }

    /** The program's ids in whatever numbers files are compared by; -1 for one that no file has. */
    record Ids(long uid, long gid) {
        /** As the host's files are owned. */
        static Ids onHost(View view, Identity identity) {
            if (view.idMap().privateBlock() > 0) {
                return new Ids(-1, -1);
            }
            Long uid = identity.uid();
            Long gid = identity.gid();
            if (uid == null || gid == null) {
                return new Ids(view.host().uid(), view.host().gid());
            }
            return view.userNamespace()
                    ? new Ids(view.idMap().hostUid(uid), view.idMap().hostGid(gid))
                    : new Ids(uid, gid);
        }

        /** As files are owned whose ids are those inside. */
        static Ids inside(Identity identity) {
            Long uid = identity.uid();
            Long gid = identity.gid();
            return new Ids(uid == null ? -1 : uid, gid == null ? -1 : gid);
        }
    }

    /**
     * Whether a group that a file has may be one of the program's. Without a user namespace any may be, and in one those that it has ids
     * for, and those of this process, which the kernel lets nobody give up where setgroups(2) is denied.
     */
    private static boolean mayHave(View view, Ids ids, long gid) {
        return ids.gid() >= 0
                && (!view.userNamespace()
                        || gid == ids.gid()
                        || view.idMap().insideGid(gid) >= 0
                        || view.host().groups().contains(gid));
    }

    /** What a group may that the program can have, it is taken to be allowed. */
    static boolean isClosed(View view, Ids ids, HostPlace place) {
        Set<Capability> capabilities = view.request().process().capabilities().any();
        if (!view.userNamespace()
                && (capabilities.contains(Capability.DAC_OVERRIDE)
                        || capabilities.contains(Capability.DAC_READ_SEARCH))) {
            return false;
        }
        if (ids.uid() == place.uid()) {
            return isClosedToOwner(place);
        }
        int wanted = wanted(place);
        boolean group = (place.mode() >> 3 & wanted) != 0 && mayHave(view, ids, place.gid());
        return !group && (place.mode() & wanted) == 0;
    }

    private static int wanted(HostPlace place) {
        return place.isDirectory() ? SEARCH : READ;
    }

    /** Whether its mode shuts out even its owner. */
    static boolean isClosedToOwner(HostPlace place) {
        return (place.mode() >> 6 & wanted(place)) == 0;
    }

    /** Whether its mode shuts out the program, whom a mount makes its owner: there a capability counts. */
    static boolean isClosedThoughMapped(View view, HostPlace place) {
        Set<Capability> capabilities = view.request().process().capabilities().any();
        return isClosedToOwner(place)
                && !capabilities.contains(Capability.DAC_OVERRIDE)
                && !capabilities.contains(Capability.DAC_READ_SEARCH);
    }

    static String opensForOwner(HostPlace place) {
        return place.isDirectory() ? "let its owner search it (chmod u+rx)" : "let its owner read it (chmod u+r)";
    }

    private static String opensForOthers(HostPlace place) {
        return place.isDirectory() ? "let others search it (chmod o+rx)" : "let others read it (chmod o+r)";
    }

    /** Whether the program, with the one id that the namespace has, is the owner outside. */
    private static boolean isOwners(View view, HostPlace place) {
        return view.userNamespace()
                && view.idMap().privateBlock() == 0
                && view.host().uid() == place.uid();
    }

    /** By which mode a directory of the root, whose owners stay what they are, can be searched. */
    static String opens(View view, HostPlace place) {
        return isOwners(view, place) ? opensForOwner(place) : opensForOthers(place);
    }

    /**
     * Why a program may not write to what is bound for writing, and what helps; null if it may, as owner and mode have it, or if that is
     * not known.
     */
    static @Nullable String unwritable(View view, Identity identity, Path path, HostPlace place) {
        boolean overrides = view.idMap().privateBlock() == 0
                && view.request().process().capabilities().any().contains(Capability.DAC_OVERRIDE);
        Ids ids = Ids.onHost(view, identity);
        boolean owner = ids.uid() == place.uid();
        boolean group = (place.mode() >> 3 & WRITE) != 0 && mayHave(view, ids, place.gid());
        boolean may = owner ? (place.mode() >> 6 & WRITE) != 0 : group || (place.mode() & WRITE) != 0;
        return overrides || may ? null : unwritable(identity, path, place) + opensForWriting(view, owner, place);
    }

    /** The same where a mount makes the program the owner: there a capability counts. */
    static @Nullable String unwritableThoughMapped(View view, Identity identity, Path path, HostPlace place) {
        boolean may = (place.mode() >> 6 & WRITE) != 0
                || view.request().process().capabilities().any().contains(Capability.DAC_OVERRIDE);
        return may ? null : unwritable(identity, path, place) + WRITABLE_FOR_OWNER;
    }

    private static String unwritable(Identity identity, Path path, HostPlace place) {
        return (identity.uid() == null ? "the program" : "user " + identity.uid()) + " may not write to "
                + PathBytes.shown(path) + ", which belongs to " + place.uid() + ":" + place.gid() + " and has mode "
                + place.octal() + "; remedy: ";
    }

    private static String opensForWriting(View view, boolean owner, HostPlace place) {
        String mode = (place.mode() >> 6 & WRITE) == 0 ? WRITABLE_FOR_OWNER : "";
        if (owner) {
            return mode;
        }
        String who;
        if (view.idMap().privateBlock() == 0) {
            who = "give it to the program's user (chown)";
        } else if (!view.host().mountApi() || !view.host().idmaps()) {
            who = "let others write to it (chmod o+w); MountOption.IDMAPPED is not possible here";
        } else {
            who = place.uid() == 0 ? mapped(place) : mapped(place) + ", by which its owner is the program's user";
        }
        return mode.isEmpty() ? who : mode + " and " + who;
    }

    /** For people: what is closed, and to whom it belongs. */
    static String closed(Path path, HostPlace place) {
        return "the program may not "
                + (place.isDirectory() ? "search " : "read ")
                + PathBytes.shown(path)
                + ", which belongs to "
                + place.uid() + ":" + place.gid() + " and has mode " + place.octal();
    }

    /** What a bind shows at a target is closed, or what lies below it: why, and what opens it. */
    static String[] bind(View view, String guest, Path host, HostPlace place) {
        PrivateSource.Obstacle obstacle = view.obstacles().get(guest);
        return obstacle == null
                ? new String[] {closed(host, place), remedy(view, place)}
                : new String[] {
                    closed(host, place)
                            + (obstacle.reason().isEmpty()
                                    ? ""
                                    : "; it is not made the program's own, since " + obstacle.reason()),
                    obstacle.remedy() + (obstacle.alone() ? "" : remedy(view, place))
                };
    }

    /** Why a program may not be read that is bound at this very place, and what opens it; null if nothing is known of that. */
    static String @Nullable [] closedProgram(View view, String guest) {
        Shown shown = view.obstacles().containsKey(guest) ? shown(view, guest) : null;
        return shown == null ? null : bind(view, guest, shown.host(), shown.place());
    }

    /** What opens a bound file or directory. */
    static String remedy(View view, HostPlace place) {
        if (isOwners(view, place) && isClosedToOwner(place)) {
            return opensForOwner(place);
        }
        String chmod = opensForOthers(place);
        if (view.idMap().privateBlock() == 0 || !view.host().mountApi()) {
            return chmod
                    + "; MountOption.IDMAPPED, which would make its owner the program's user, is not possible here";
        }
        return mapped(place) + (place.uid() == 0 ? "; or " : ", or ") + chmod;
    }

    /** The option that makes the owner of a source the program's user. */
    private static String mapped(HostPlace place) {
        return place.uid() == 0
                ? "say MountOption.IDMAPPED_ROOT if nothing else of root's is there, or chown it to a plain user and say"
                        + " MountOption.IDMAPPED"
                : "say MountOption.IDMAPPED";
    }

    /** The host's file behind a guest path that leads into a bind or the root, as far as names tell; null if there is none. */
    static @Nullable Path behind(View view, String guest) {
        return behind(view, guest, true);
    }

    /** The same, or without what is mounted at the very place: what it lies in. */
    static @Nullable Path behind(View view, String guest, boolean itself) {
        RootFs root = view.request().root();
        String covering = "";
        Path source = root instanceof RootFs.Directory directory
                ? directory.path()
                : root instanceof RootFs.Host ? Path.of("/") : null;
        for (MountEntry entry : view.request().mounts()) {
            String target = entry.target();
            boolean above = (itself && guest.equals(target)) || guest.startsWith(target + "/");
            if (above && target.length() >= covering.length() && !MountKinds.isCover(entry)) {
                covering = target;
                source = ExactMount.sourceOf(entry);
            }
        }
        if (source == null) {
            return null;
        }
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        path.writeBytes(PathBytes.of(source));
        path.writeBytes(guest.substring(covering.length()).getBytes(StandardCharsets.UTF_8));
        return PathBytes.path(path.toByteArray());
    }

    /** What of the host is to be seen at a path inside, and whose it is. */
    private record Shown(Path host, HostPlace place) {}

    /** Null if that is not known. */
    private static @Nullable Shown shown(View view, String guest) {
        Path host = behind(view, guest);
        HostPlace place = host == null ? null : look(host);
        return host == null || place == null ? null : new Shown(host, place);
    }

    /** The first directory on the way to a mount point that whoever sets the sandbox up may not search; null if none is known. */
    static String @Nullable [] closedToSupervisor(View view, String guest) {
        Ids ids = new Ids(view.idMap().supervisor(), -1);
        for (int end = 1; end > 0 && view.userNamespace(); end = guest.indexOf('/', end + 1)) {
            String part = guest.substring(0, end);
            Shown shown = shown(view, part);
            if (shown != null && shown.place().isDirectory() && isClosed(view, ids, shown.place())) {
                return unsearchable(view, part);
            }
        }
        return null;
    }

    /** The directory that a start could not search, for people: how it is called inside, and what of the host it is. */
    static String[] unsearchable(View view, String guest) {
        Shown shown = shown(view, guest);
        if (shown == null) {
            return new String[] {
                "the program's user may not search the directory \"" + guest + '"',
                "give that user execute permission on the directory, in the root or by mounts(m -> m.directory(path, mode))"
            };
        }
        if (shown.host().equals(rootOf(view))) {
            return new String[] {
                "the directory \"" + guest + "\" inside: " + closed(shown.host(), shown.place()),
                opens(view, shown.place())
            };
        }
        String[] words = bind(view, guest, shown.host(), shown.place());
        return new String[] {"the directory \"" + guest + "\" inside: " + words[0], words[1]};
    }

    /** Whether a file that is bound from the host belongs to its root, as far as names tell. */
    static boolean isOfRoot(View view, String guest) {
        Shown shown = shown(view, guest);
        return shown != null && shown.place().uid() == 0;
    }

    private static @Nullable Path rootOf(View view) {
        return view.request().root() instanceof RootFs.Directory directory ? directory.path() : null;
    }

    private static @Nullable HostPlace look(Path path) {
        try {
            return new HostPlace(
                    number(path, "uid"), number(path, "gid"), (int) number(path, "mode"), false, false, null);
        } catch (IOException e) {
            return null; // a message without it
        }
    }

    private static long number(Path path, String attribute) throws IOException {
        if (Files.getAttribute(path, "unix:" + attribute) instanceof Integer number) {
            return Integer.toUnsignedLong(number);
        }
        throw new IOException(attribute + " is not known");
    }
}
