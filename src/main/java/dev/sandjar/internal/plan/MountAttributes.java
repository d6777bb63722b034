package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.MountOption;
import java.util.Set;

/** Switches of {@code mount(8)} as {@code mount_setattr(2)} takes them: what is off unless asked for. */
final class MountAttributes {
    static final long RDONLY = 0x1;
    static final long NOSUID = 0x2;
    static final long NODEV = 0x4;
    static final long NOEXEC = 0x8;

    private MountAttributes() {}

    static long of(MountEntry.Bind bind) {
        boolean exec = !bind.options().contains(MountOption.NOEXEC);
        return (bind.readOnly() ? RDONLY : 0) | of(bind.options(), exec);
    }

    static long of(MountEntry.Tmpfs tmpfs) {
        return of(tmpfs.options(), tmpfs.options().contains(MountOption.EXEC));
    }

    private static long of(Set<MountOption> options, boolean exec) {
        return (options.contains(MountOption.SUID) ? 0 : NOSUID)
                | (options.contains(MountOption.DEV) ? 0 : NODEV)
                | (exec ? 0 : NOEXEC);
    }
}
