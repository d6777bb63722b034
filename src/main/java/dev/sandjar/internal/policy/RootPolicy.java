package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
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
     * @param origin what it is, if that says more than its path
     */
    record Directory(Path path, boolean writable, boolean mountPoints, @Nullable String origin) implements RootPolicy {
        public Directory(Path path, boolean writable, boolean mountPoints) {
            this(path, writable, mountPoints, null);
        }

        public Directory(Path path, boolean writable) {
            this(path, writable, writable);
        }
    }

    /** An empty tmpfs of at most {@code size} bytes. */
    record Tmpfs(long size) implements RootPolicy {}

    /**
     * Directories stacked by overlayfs, topmost first, under one writable layer, which alone is the root where there are none.
     *
     * @param origin what they are, if that says more than their paths
     */
    record Overlay(List<Path> lower, Upper upper, @Nullable String origin) implements RootPolicy {
        public Overlay {
            lower = List.copyOf(lower);
        }

        public Overlay(List<Path> lower, Upper upper) {
            this(lower, upper, null);
        }
    }

    /**
     * The layers of an image in a store, which become an overlay or a copy when it is known what the host can do.
     *
     * @param store directory of the store
     * @param digest of the image's manifest
     * @param name for messages
     * @param user whose ids the image's own files tell, as its configuration names it; null if the ids are known
     * @param bytes and what follows: what the image may cost
     * @param copied whether overlayfs is not to be used
     */
    record Image(
            Path store,
            String digest,
            String name,
            @Nullable String user,
            long bytes,
            long entries,
            int depth,
            int ratio,
            int layers,
            Upper upper,
            boolean copied)
            implements RootPolicy {
        public Image withUser(@Nullable String newUser) {
            return new Image(store, digest, name, newUser, bytes, entries, depth, ratio, layers, upper, copied);
        }

        public Image withUpper(Upper newUpper) {
            return new Image(store, digest, name, user, bytes, entries, depth, ratio, layers, newUpper, copied);
        }

        public Image withCopy() {
            return new Image(store, digest, name, user, bytes, entries, depth, ratio, layers, upper, true);
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
