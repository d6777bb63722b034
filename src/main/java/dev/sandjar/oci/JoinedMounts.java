package dev.sandjar.oci;

import java.util.List;
import java.util.Optional;

/**
 * A container in a mount namespace that is there already ({@code setns(2)}): its root is the root of that namespace, and its mounts are
 * what others see there too. So nothing is mounted or made in it, whatever other runtimes do: runc 1.1 makes the bundle's root that of
 * all processes of the namespace.
 */
final class JoinedMounts {
    private static final String REASON = "the mount namespace is one that is there already, and others are in it: ";

    private JoinedMounts() {}

    static void check(JsonAt root, JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> directory = root.field("root");
        if (directory.isPresent()) {
            directory(directory.get().knowing("path", "readonly"));
        }
        root.without("mounts", REASON + "nothing is mounted there");
        linux.without("devices", REASON + "no devices are made there");
        linux.without("rootfsPropagation", REASON + "its root stays as it is");
        for (String field : List.of("maskedPaths", "readonlyPaths")) {
            linux.without(field, REASON + "nothing is mounted over paths there");
        }
        Optional<JsonAt> hooks = root.field("hooks");
        if (hooks.isPresent()) {
            hooks.get()
                    .without(
                            "createContainer",
                            REASON + "a program of the host, as such hooks are, is not to be found from there");
        }
    }

    private static void directory(JsonAt root) throws InvalidBundleException {
        JsonAt path = root.required("path");
        if (!path.text().equals("/")) {
            throw path.refused(REASON + "its root is the container's: leave \"root\" out, or say \"/\"; for another"
                    + " root, let the mount namespace be a new one");
        }
        if (root.bool("readonly")) {
            throw root.refused("readonly", REASON + "its root stays as it is");
        }
    }
}
