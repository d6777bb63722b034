package dev.sandjar.policy;

import dev.sandjar.internal.Nullable;
import java.nio.file.Path;
import java.util.List;

/** Where the root file system of a sandbox comes from. Sizes are bytes. */
public sealed interface RootPolicy {
    /** The host's own tree; nothing is pivoted. */
    record Host() implements RootPolicy {}

    /** A curated read-only view of the host: programs, libraries and the few files of /etc that they need. */
    record HostReadOnly() implements RootPolicy {}

    /**
     * A directory of the host.
     *
     * @param mountPoints whether missing places for mounts are made in it, also where the sandbox can't write
     */
    record Directory(Path path, boolean writable, boolean mountPoints) implements RootPolicy {
        public Directory(Path path, boolean writable) {
            this(path, writable, writable);
        }
    }

    /** An empty tmpfs of at most {@code size} bytes. */
    record Tmpfs(long size) implements RootPolicy {}

    /** Directories stacked by overlayfs, topmost first, under one writable layer, which alone is the root where there are none. */
    record Overlay(List<Path> lower, Upper upper) implements RootPolicy {
        public Overlay {
            lower = List.copyOf(lower);
        }
    }

    /** The writable layer of an overlay. */
    sealed interface Upper {
        /** A tmpfs of at most {@code size} bytes that ends with the sandbox. */
        record Discarded(long size) implements Upper {}

        /** A new directory below {@code parent} for each start, which stays. */
        record Kept(Path parent) implements Upper {}

        /** A new directory in a private place for each start, which goes when nobody needs it any more. */
        record Captured() implements Upper {}

        /** This directory; {@code work} is overlayfs' work directory on the same file system. */
        record Given(Path path, @Nullable Path work) implements Upper {}
    }
}
