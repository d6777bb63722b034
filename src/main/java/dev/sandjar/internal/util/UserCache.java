package dev.sandjar.internal.util;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where this user's caches are. */
public final class UserCache {
    private UserCache() {}

    /** {@code -Dsandjar.dir}, or null. */
    public static @Nullable Path configured() {
        String configured = System.getProperty("sandjar.dir");
        return configured == null ? null : Path.of(configured).toAbsolutePath();
    }

    /** {@code -Dsandjar.dir}, or what the XDG specification says. */
    public static Path directory() {
        Path configured = configured();
        String home = System.getenv("HOME");
        return configured != null
                ? configured
                : directory(
                        System.getenv("XDG_CACHE_HOME"),
                        // In a user namespace the JDK takes the home of whom this user seems to be.
                        home != null && home.startsWith("/") ? home : System.getProperty("user.home", "/"));
    }

    public static Path directory(@Nullable String cacheHome, String home) {
        // The specification has relative values ignored.
        return cacheHome != null && cacheHome.startsWith("/") ? Path.of(cacheHome) : Path.of(home, ".cache");
    }
}
