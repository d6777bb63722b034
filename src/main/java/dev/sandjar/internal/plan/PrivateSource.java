package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.MountOption;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Whether a bind shows the caller's own private directory or file, as every temporary one of Java's is, and so is to be idmapped though
 * nobody said so: otherwise the private ids of the program could not enter it. What the program gets by that is to read what the caller
 * has there, which is what the bind is for, and nothing else: the mount is read-only, neither devices nor set-user-ID bits count on it,
 * no group and no other owner is mapped, and whoever is not trusted can have put nothing there.
 */
final class PrivateSource {
    private static final int OTHERS = 07;
    private static final int WRITABLE = 022;

    private PrivateSource() {}

    /** Whether others than its owner may do anything with it. */
    static boolean isPrivate(HostPlace place) {
        return (place.mode() & OTHERS) == 0 && (place.isDirectory() || place.isFile());
    }

    /**
     * What keeps a private source from being mapped.
     *
     * @param reason empty where there is nothing that would make the source the program's
     * @param remedy for people, to come before others; empty if there is none
     * @param alone whether no other remedy is to be named
     */
    record Obstacle(String reason, String remedy, boolean alone) {
        private Obstacle(String reason) {
            this(reason, "", false);
        }

        /** That the mode shuts out the owner, who the program is or would be. */
        static Obstacle mode(HostPlace place) {
            return new Obstacle("", Reach.opensForOwner(place), true);
        }

        /** What nobody is to open for others, and how the program gets it all the same. */
        static Obstacle system(boolean mappedElse) {
            return new Obstacle(
                    mappedElse ? "the system's own files are there" : "", "bind a copy of what it is to read", true);
        }
    }

    /** Why a private source is not mapped without being asked for; null if it is. */
    static @Nullable Obstacle obstacle(Draft draft, MountEntry.Bind bind, HostPlace place, Path real)
            throws SandboxException {
        HostPlace.Unsettled unsettled = place.unsettled();
        Path guestWritable = bind.readOnly() && unsettled == null ? GuestWritablePaths.around(draft, real) : null;
        if (place.system() && bind.readOnly()) {
            return Obstacle.system(true);
        } else if (!place.callers()) {
            return new Obstacle("it belongs to user " + place.uid() + ", not to this process's");
        } else if (!bind.readOnly()) {
            return new Obstacle("it is bound for writing");
        } else if (bind.options().contains(MountOption.SUID) || bind.options().contains(MountOption.DEV)) {
            return new Obstacle("set-user-ID programs or devices were to count there");
        } else if (unsettled != null) {
            return notSettled(unsettled);
        } else if (guestWritable != null) {
            // Its second start would not find it settled: the first is no other.
            return notSettled(new HostPlace.Unsettled(
                    "this sandbox itself may write to " + PathBytes.shown(guestWritable)
                            + ", so that what lies there may be its work",
                    true));
        } else if ((place.mode() & WRITABLE) != 0) {
            return new Obstacle("its group could have put files of others there");
        } else if (draft.idMap.privateBlock() == 0
                || !draft.host.mountApi()
                || !draft.host.idmaps()
                || !draft.paths.maps(real)) {
            return new Obstacle("idmapped mounts are not possible there");
        }
        return Reach.isClosedToOwner(place) ? Obstacle.mode(place) : null;
    }

    /** Whether nobody but root and the caller can have put there what is read, and it is not the system's. */
    static boolean isTrusted(HostPlace place) {
        return place.callers() && !place.system() && place.unsettled() == null && (place.mode() & WRITABLE) == 0;
    }

    private static Obstacle notSettled(HostPlace.Unsettled unsettled) {
        return new Obstacle(
                unsettled.reason(),
                unsettled.ofGuest()
                        ? "bind a copy that lies where no sandbox could write; or, if all that sandboxes left there may be read, "
                        : "move it to where only root and this process's user may write, or ",
                false);
    }
}
