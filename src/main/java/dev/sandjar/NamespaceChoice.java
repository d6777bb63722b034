package dev.sandjar;

import java.nio.file.Path;
import java.util.Objects;

/** What a sandbox does about one kind of namespace. Immutable. */
public sealed interface NamespaceChoice {
    /** The sandbox has the namespace of the process that starts it. */
    record Host() implements NamespaceChoice {}

    /** The sandbox gets a new namespace ({@code unshare(2)}). */
    record New() implements NamespaceChoice {}

    /**
     * The sandbox enters an existing namespace ({@code setns(2)}).
     *
     * @param path its file, such as {@code /proc/PID/ns/net} or a bind mount of that
     */
    record Join(Path path) implements NamespaceChoice {
        /**
         * Checks the path.
         *
         * @param path its file
         * @throws NullPointerException if it is null
         */
        public Join {
            Objects.requireNonNull(path, "path");
        }
    }
}
