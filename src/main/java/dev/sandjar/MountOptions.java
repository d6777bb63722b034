package dev.sandjar;

import dev.sandjar.internal.policy.MountAttributes;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Turns the options of one mount into attributes. */
final class MountOptions {
    private final Set<MountOption> options;

    private MountOptions(Set<MountOption> options) {
        if (options.contains(MountOption.EXEC) && options.contains(MountOption.NOEXEC)) {
            throw new IllegalArgumentException("EXEC and NOEXEC exclude each other");
        }
        this.options = options;
    }

    static MountOptions bind(MountOption... options) {
        return new MountOptions(set(options));
    }

    static MountOptions tmpfs(MountOption... options) {
        Set<MountOption> set = set(options);
        for (MountOption option : List.of(MountOption.OPTIONAL, MountOption.IDMAPPED, MountOption.IDMAPPED_ROOT)) {
            if (set.contains(option)) {
                throw new IllegalArgumentException(option + " is for binds; a tmpfs takes EXEC, NOEXEC, SUID and DEV");
            }
        }
        return new MountOptions(set);
    }

    private static Set<MountOption> set(MountOption... options) {
        return options.length == 0 ? Set.of() : EnumSet.copyOf(List.of(options));
    }

    /** Whether nothing is said of programs. */
    boolean leavesExec() {
        return !has(MountOption.EXEC) && !has(MountOption.NOEXEC);
    }

    boolean has(MountOption option) {
        return options.contains(option);
    }

    MountAttributes bindAttributes(boolean readOnly) {
        return new MountAttributes(readOnly, has(MountOption.SUID), has(MountOption.DEV), !has(MountOption.NOEXEC));
    }

    MountAttributes tmpfsAttributes() {
        return new MountAttributes(false, has(MountOption.SUID), has(MountOption.DEV), has(MountOption.EXEC));
    }
}
