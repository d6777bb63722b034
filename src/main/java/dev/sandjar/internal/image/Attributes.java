package dev.sandjar.internal.image;

/** Which extended attributes of an archive are kept: never those by which overlayfs or the host's policies are configured. */
final class Attributes {
    private Attributes() {}

    static boolean isKept(String name) {
        if (name.contains("\0") || name.length() > 255) {
            return false;
        }
        return isUsers(name)
                || (name.startsWith("trusted.") && !name.startsWith("trusted.overlay."))
                || name.equals("security.capability")
                || name.startsWith("system.posix_acl_");
    }

    private static boolean isUsers(String name) {
        return name.startsWith("user.") && !name.startsWith("user.overlay.");
    }
}
