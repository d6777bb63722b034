package dev.sandjar.oci;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program that is run at a point of a container's life (config.md, "POSIX-platform Hooks").
 *
 * @param path absolute
 * @param arguments all of its arguments, the first of which names it; may be empty
 * @param environment all of its environment
 * @param timeout after which it is killed, and counts as failed
 */
public record OciHook(
        String path, List<String> arguments, Map<String, String> environment, Optional<Duration> timeout) {
    /** When a hook runs, and where. */
    public enum Point {
        /** In the host's namespaces, after the set-up and before the root changes. Deprecated by the specification. */
        PRESTART("prestart"),
        /** In the host's namespaces, after the set-up and before the root changes. */
        CREATE_RUNTIME("createRuntime"),
        /** In the container's namespaces, from the host's files, before the root changes. */
        CREATE_CONTAINER("createContainer"),
        /** In the container, before its program, confined as that one is. */
        START_CONTAINER("startContainer"),
        /** In the host's namespaces, after the program was started. */
        POSTSTART("poststart"),
        /** In the host's namespaces, after the container is gone. */
        POSTSTOP("poststop");

        private final String field;

        Point(String field) {
            this.field = field;
        }

        /**
         * The name in config.json.
         *
         * @return such as "createRuntime"
         */
        public String field() {
            return field;
        }
    }

    /**
     * Copies the parts.
     *
     * @param path absolute
     * @param arguments all of its arguments, the first of which names it; may be empty. In the host's namespaces a program that is called
     *     by another name than its file has no_new_privs, and what it leaves running ends with it
     * @param environment all of its environment
     * @param timeout after which it is killed, and counts as failed
     */
    public OciHook {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }
}
