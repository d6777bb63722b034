package dev.sandjar.oci;

import java.util.stream.Stream;

/** Configurations of engines as their sources write them, with short seccomp profiles of all forms. */
final class EngineVariants {
    private EngineVariants() {}

    /** All of them. */
    static Stream<String> all() {
        return Stream.concat(rootful(), rootless());
    }

    /** Those that root starts. */
    static Stream<String> rootful() {
        return Stream.of(
                "docker-20",
                "docker-28",
                "docker-privileged",
                "podman-4",
                "podman-5",
                "buildah",
                "cri-container",
                "crio",
                "kata",
                "nerdctl-rootless");
    }

    /** Those with a user namespace of their own. */
    static Stream<String> rootless() {
        return Stream.of("podman-5-rootless", "podman-4-rootless-host-network");
    }

    static String text(String name) {
        return Configs.resource("engines/" + name + ".json");
    }
}
