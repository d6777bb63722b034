package dev.sandjar.policy;

import dev.sandjar.internal.Nullable;
import java.nio.file.Path;

/** One thing placed into the root, in the order given. Targets are absolute, normalized guest paths; sizes are bytes. */
public sealed interface MountEntry {
    String target();

    /** @param idmapped whether files appear owned by the payload and new files get the source's owner */
    record Bind(Path source, String target, MountAttributes attributes, boolean optional, boolean idmapped)
            implements MountEntry {}

    /** @param inodes at most this many files, 0 for the kernel's default */
    record Tmpfs(String target, long size, long inodes, int mode, MountAttributes attributes) implements MountEntry {}

    @SuppressWarnings("ArrayRecordComponent") // copied in and out
    record FileBytes(String target, byte[] content, int mode) implements MountEntry {
        public FileBytes {
            content = content.clone();
        }

        @Override
        public byte[] content() {
            return content.clone();
        }
    }

    /** @param text what the link points to, any string */
    record Symlink(String target, String text) implements MountEntry {}

    record Directory(String target, int mode) implements MountEntry {}

    record Masked(String target) implements MountEntry {}

    record ReadOnlyPath(String target) implements MountEntry {}

    /** @param hidePid hidepid= of {@code proc(5)}: null, "noaccess", "invisible" or "ptraceable" */
    record Proc(String target, @Nullable String hidePid, boolean subsetPid, boolean automatic) implements MountEntry {}

    record Dev(String target, boolean automatic) implements MountEntry {}

    record Mqueue(String target) implements MountEntry {}
}
