package dev.sandjar.internal.image;

import dev.sandjar.internal.host.SubordinateMap;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How the owners that an archive names become owners on this host; layers are unpacked once for each way. */
public final class Ownership {
    /** As they are, which only root can do, for an overlay in a user namespace: its marks are attributes {@code user.overlay.*}. */
    public static final Ownership EXACT = new Ownership("exact", null);
    /** As they are, for an overlay outside of one: marks are {@code trusted.overlay.*}, and would be seen inside if they were the others. */
    public static final Ownership TRUSTED = new Ownership("exact-trusted", null);
    /** All is this process's: one id is all it has. */
    public static final Ownership SQUASHED = new Ownership("squashed", null);

    private static final String MAPPED = "mapped-";
    private static final int DIGITS = 16;

    private final String directory;
    private final @Nullable SubordinateMap map;

    private Ownership(String directory, @Nullable SubordinateMap map) {
        this.directory = directory;
        this.map = map;
    }

    /** Those inside of a user namespace with this map. Other maps get layers of their own. */
    public static Ownership mapped(SubordinateMap map) {
        String text = map.uids() + "\n" + map.gids();
        String digest = Digest.of(text.getBytes(StandardCharsets.US_ASCII)).hex();
        return new Ownership(MAPPED + digest.substring(0, DIGITS), map);
    }

    /** Where layers that were unpacked in this way lie. */
    String directory() {
        return directory;
    }

    /** Null if no map is used. */
    @Nullable
    SubordinateMap map() {
        return map;
    }

    /** Whether all is as the archive has it. */
    boolean isExact() {
        return this == EXACT || this == TRUSTED;
    }

    /** Whether overlayfs looks for its marks where only root can put them. */
    boolean isTrusted() {
        return this == TRUSTED;
    }

    /** Whether files have different owners. */
    boolean keepsOwners() {
        return this != SQUASHED;
    }

    /** Whether the map has both ids. */
    boolean has(long uid, long gid) {
        return map == null || (map.uid(uid) >= 0 && map.gid(gid) >= 0);
    }

    /** The host's number of a user id of an image. What is not in the map is this user's own, which is root inside. */
    long uid(long inside) {
        if (map == null) {
            return inside;
        }
        long host = map.uid(inside);
        return host < 0 ? map.uid(0) : host;
    }

    /** The same of a group id. */
    long gid(long inside) {
        if (map == null) {
            return inside;
        }
        long host = map.gid(inside);
        return host < 0 ? map.gid(0) : host;
    }
}
