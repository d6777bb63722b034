package dev.sandjar.oci;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program that is run at a point of a container's life (config.md of the OCI runtime specification, "POSIX-platform Hooks"). Its
 * standard input is the state of the container, as {@link OciState#toJson()} gives it. An immutable value.
 *
 * @param path the absolute path of the program: of the host, for {@link Point#START_CONTAINER} of the container
 * @param arguments all arguments, the first of which is the name that the program is called by; may be empty. In the host's namespaces a
 *     program that is called by another name than its file has no_new_privs, and what it leaves running ends with it
 * @param environment all of the environment
 * @param timeout the time after which the program is killed and counts as failed, 1 to 1,000,000,000 seconds in a config.json; empty for
 *     no limit
 */
public record OciHook(
        String path, List<String> arguments, Map<String, String> environment, Optional<Duration> timeout) {
    /** The points of a container's life at which hooks are run. */
    public enum Point {
        /** Runs in the host's namespaces, after the set-up and before the root changes. Deprecated by the specification. */
        PRESTART("prestart"),
        /** Runs in the host's namespaces, after the set-up and before the root changes, after {@link #PRESTART}. */
        CREATE_RUNTIME("createRuntime"),
        /** Runs in the container's namespaces, from the host's files, before the root changes. */
        CREATE_CONTAINER("createContainer"),
        /** Runs in the container before its program, confined as that one is. */
        START_CONTAINER("startContainer"),
        /** Runs in the host's namespaces, after the program was started. */
        POSTSTART("poststart"),
        /** Runs in the host's namespaces, after the container is gone. */
        POSTSTOP("poststop");

        private final String field;

        Point(String field) {
            this.field = field;
        }

        /**
         * Returns the name of this point in config.json.
         *
         * @return a name such as "createRuntime"
         */
        public String field() {
            return field;
        }
    }

    /**
     * Copies the list and the map.
     *
     * @param path the absolute path of the program
     * @param arguments all arguments, the first of which is the name that the program is called by; may be empty
     * @param environment all of the environment
     * @param timeout the time after which the program is killed and counts as failed; empty for no limit
     */
    public OciHook {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }
}
