package dev.sandjar;

import java.nio.file.Path;
import java.util.Objects;

/** What a sandbox does about one kind of namespace. Immutable. */
public sealed interface NamespaceChoice {
    /** It has that of the process that starts it. */
    record Host() implements NamespaceChoice {}

    /** It gets a new one ({@code unshare(2)}). */
    record New() implements NamespaceChoice {}

    /**
     * It enters one that is there ({@code setns(2)}).
     *
     * @param path its file, such as {@code /proc/PID/ns/net} or a bind mount of that
     */
    record Join(Path path) implements NamespaceChoice {
        /**
         * Checks the path.
         *
         * @param path its file
         */
        public Join {
            Objects.requireNonNull(path, "path");
        }
    }
}
