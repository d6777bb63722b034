package dev.sandjar.internal.policy;

import java.nio.file.Path;

/** What a sandbox does about one kind of namespace. */
public sealed interface NamespaceChoice {
    /** Shares the host's. */
    record Host() implements NamespaceChoice {}

    /** Gets a new one. */
    record New() implements NamespaceChoice {}

    /** Enters an existing one, named by a file such as /proc/PID/ns/net or a bind mount of it. */
    record Join(Path path) implements NamespaceChoice {}
}
