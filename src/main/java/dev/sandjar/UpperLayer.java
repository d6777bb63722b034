package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;

/** The writable layer of a root of stacked directories: where changes go, and what becomes of them. Immutable values. */
public sealed interface UpperLayer {
    /**
     * Returns the layer of a root for which no other is chosen.
     *
     * @return a layer for changes of at most 64 MiB, which are discarded
     */
    static UpperLayer standard() {
        return new Discarded(DataSize.mebibytes(64));
    }

    /**
     * Changes are kept in memory and forgotten at the end.
     *
     * @param size what they may take, at least 1 byte
     */
    record Discarded(DataSize size) implements UpperLayer {
        /**
         * Checks its parts.
         *
         * @param size see the record
         * @throws IllegalArgumentException if the size is 0, which the kernel would take for no limit
         */
        public Discarded {
            Checks.range("size of the changes in bytes", size.toBytes(), 1, Long.MAX_VALUE);
        }

        @Override
        public String toString() {
            return "changes of at most " + size + " are discarded";
        }
    }

    /**
     * The changes of each start are kept in a new directory, which stays.
     *
     * @param parent an existing directory where the new ones are made; absolute, a relative one is taken from the host's working
     *     directory
     */
    record Kept(Path parent) implements UpperLayer {
        /**
         * Checks its parts.
         *
         * @param parent see the record
         * @throws IllegalArgumentException if the path is in another file system than the default one
         */
        public Kept {
            parent = Checks.hostPath("parent of changes", parent);
        }

        @Override
        public String toString() {
            return "changes are kept below " + PathBytes.shown(parent);
        }
    }

    /** The changes of each start are kept in a private directory, which is removed when nobody needs it any more. */
    record Captured() implements UpperLayer {
        @Override
        public String toString() {
            return "changes are captured";
        }
    }

    /**
     * The changes in a directory are continued. Only one sandbox at a time may use it.
     *
     * @param upper an existing directory; absolute, a relative one is taken from the host's working directory
     * @param work an existing, empty directory on the same file system, for overlayfs itself
     */
    record Given(Path upper, Path work) implements UpperLayer {
        /**
         * Checks its parts.
         *
         * @param upper see the record
         * @param work see the record
         * @throws IllegalArgumentException if one is inside the other, or a path is in another file system than the default
         *     one
         */
        public Given {
            upper = Checks.hostPath("upper directory", upper);
            work = Checks.hostPath("work directory", work);
            if (upper.startsWith(work) || work.startsWith(upper)) {
                throw new IllegalArgumentException(
                        "upper directory " + upper + " and work directory " + work + " must not contain each other");
            }
        }

        @Override
        public String toString() {
            return "changes in " + PathBytes.shown(upper) + " are continued";
        }
    }
}
