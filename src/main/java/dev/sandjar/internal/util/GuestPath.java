package dev.sandjar.internal.util;

/** Checks paths that are meant inside a sandbox. They are text and are never looked up on the host. */
public final class GuestPath {
    private static final int NAME_MAX = 255;
    private static final int PATH_MAX = 4095;

    private GuestPath() {}

    /**
     * The path without a trailing slash.
     *
     * @param what names the argument in messages
     * @throws IllegalArgumentException if it isn't absolute, has an empty, "." or ".." component, a NUL, half a surrogate
     *     pair, a component above 255 bytes, or more than 4095 bytes in all
     */
    public static String of(String what, String path) {
        int length = Utf8.length(what, path);
        if (!path.startsWith("/")) {
            throw refused(what, path, "is not absolute: inside a sandbox a path starts with /");
        }
        if (length > PATH_MAX) {
            throw refused(what, path, "has " + length + " bytes, allowed are " + PATH_MAX);
        }
        if (path.equals("/")) {
            return path;
        }
        String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        for (String component : trimmed.substring(1).split("/", -1)) {
            checkComponent(what, path, component);
        }
        return trimmed;
    }

    /** As {@link #of}, for a place to mount something: everything but the root itself. */
    public static String target(String what, String path) {
        String target = of(what, path);
        if (target.equals("/")) {
            throw refused(what, path, "is the root itself, which rootfs(...) chooses; name a path below it");
        }
        return target;
    }

    private static void checkComponent(String what, String path, String component) {
        if (component.isEmpty()) {
            throw refused(what, path, "has an empty component (//)");
        }
        if (component.equals(".") || component.equals("..")) {
            throw refused(what, path, "has a \"" + component + "\" component; write the path that is meant");
        }
        int length = Utf8.length(what, component);
        if (length > NAME_MAX) {
            throw refused(what, path, "has a component of " + length + " bytes, allowed are " + NAME_MAX);
        }
    }

    private static IllegalArgumentException refused(String what, String path, String why) {
        return new IllegalArgumentException(what + " " + Printable.quote(path) + " " + why);
    }
}
