package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether the program of a sandbox may enter, or read, what of the host is shown to it, as owners and modes have it. */
final class Reach {
    private static final int READ = 04;
    private static final int SEARCH = 01;

    private Reach() {}

    /** The program's ids in whatever numbers files are compared by; -1 for one that no file has. */
    record Ids(long uid, long gid) {
        /** As the host's files are owned. */
        static Ids onHost(Draft draft, Identity identity) {
            if (draft.idMap.privateBlock() > 0) {
                return new Ids(-1, -1);
            }
            Long uid = identity.uid();
            Long gid = identity.gid();
            if (uid == null || gid == null) {
                return new Ids(draft.host.uid(), draft.host.gid());
            }
            return draft.userNamespace
                    ? new Ids(draft.idMap.hostUid(uid), draft.idMap.hostGid(gid))
                    : new Ids(uid, gid);
        }

        /** As files are owned whose ids are those inside. */
        static Ids inside(Identity identity) {
            Long uid = identity.uid();
            Long gid = identity.gid();
            return new Ids(uid == null ? -1 : uid, gid == null ? -1 : gid);
        }
    }

    /** Of groups beside the first nothing is known here: what a group may, it is taken to be allowed. */
    static boolean isClosed(Draft draft, Ids ids, HostPlace place) {
        Set<Capability> capabilities = draft.request.process().capabilities().any();
        if (!draft.userNamespace
                && (capabilities.contains(Capability.DAC_OVERRIDE)
                        || capabilities.contains(Capability.DAC_READ_SEARCH))) {
            return false;
        }
        int wanted = place.isDirectory() ? SEARCH : READ;
        if (ids.uid() == place.uid()) {
            return (place.mode() >> 6 & wanted) == 0;
        }
        boolean group = ids.gid() >= 0 && (place.mode() >> 3 & wanted) != 0;
        return !group && (place.mode() & wanted) == 0;
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
    static String[] bind(Draft draft, String guest, Path host, HostPlace place) {
        PrivateSource.Obstacle obstacle = draft.obstacles.get(guest);
        return obstacle == null
                ? new String[] {closed(host, place), remedy(draft, place)}
                : new String[] {
                    closed(host, place) + "; it is not made the program's own, since " + obstacle.reason(),
                    obstacle.remedy() + remedy(draft, place)
                };
    }

    /** Why a program may not be read that is bound at this very place, and what opens it; null if nothing is known of that. */
    static String @Nullable [] closedProgram(Draft draft, String guest) {
        Path host = draft.obstacles.containsKey(guest) ? behind(draft, guest) : null;
        HostPlace place = host == null ? null : look(host);
        return host == null || place == null ? null : bind(draft, guest, host, place);
    }

    /** What opens a bound file or directory. */
    static String remedy(Draft draft, HostPlace place) {
        String chmod = place.isDirectory() ? "let others search it (chmod o+rx)" : "let others read it (chmod o+r)";
        if (draft.idMap.privateBlock() == 0 || !draft.host.mountApi()) {
            return chmod
                    + "; MountOption.IDMAPPED, which would make its owner the program's user, is not possible here";
        }
        return place.uid() == 0
                ? "say MountOption.IDMAPPED_ROOT if nothing else of root's is there, or chown it to an ordinary user and say"
                        + " MountOption.IDMAPPED; or " + chmod
                : "say MountOption.IDMAPPED, or " + chmod;
    }

    /** The host's file behind a guest path that leads into a bind or the root, as far as names tell; null if there is none. */
    static @Nullable Path behind(Draft draft, String guest) {
        RootFs root = draft.request.root();
        String covering = "";
        Path source = root instanceof RootFs.Directory directory
                ? directory.path()
                : root instanceof RootFs.Host ? Path.of("/") : null;
        for (MountEntry entry : draft.request.mounts()) {
            String target = entry.target();
            boolean above = guest.equals(target) || guest.startsWith(target + "/");
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

    /** The first directory on the way to a mount point that whoever sets the sandbox up may not search; null if none is known. */
    static String @Nullable [] closedToSupervisor(Draft draft, String guest) {
        Ids ids = new Ids(draft.idMap.supervisor(), -1);
        for (int end = 1; end > 0 && draft.userNamespace; end = guest.indexOf('/', end + 1)) {
            String part = guest.substring(0, end);
            Path host = behind(draft, part);
            HostPlace place = host == null ? null : look(host);
            if (place != null && place.isDirectory() && isClosed(draft, ids, place)) {
                return unsearchable(draft, part);
            }
        }
        return null;
    }

    /** The directory that a start could not search, for people: how it is called inside, and what of the host it is. */
    static String[] unsearchable(Draft draft, String guest) {
        Path host = behind(draft, guest);
        HostPlace place = host == null ? null : look(host);
        if (host == null || place == null) {
            return new String[] {
                "the program's user may not search the directory \"" + guest + '"',
                "give that user execute permission on the directory, in the root or by mounts(m -> m.directory(path, mode))"
            };
        }
        if (host.equals(rootOf(draft))) {
            return new String[] {
                "the directory \"" + guest + "\" inside: " + closed(host, place), "let others search it (chmod o+rx)"
            };
        }
        String[] words = bind(draft, guest, host, place);
        return new String[] {"the directory \"" + guest + "\" inside: " + words[0], words[1]};
    }

    private static @Nullable Path rootOf(Draft draft) {
        return draft.request.root() instanceof RootFs.Directory directory ? directory.path() : null;
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
