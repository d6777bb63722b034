package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.protocol.StartFailure;
import dev.sandjar.internal.util.Errno;
import org.jspecify.annotations.Nullable;

/** What goes wrong with mounts and files of the root by what was asked for, rather than by what the kernel can do. */
final class MountFailures {
    private MountFailures() {}

    /** Null where it is nothing of the kind. */
    static @Nullable SandboxException explain(Plan plan, @Nullable Isolation isolation, String step, StartFailure f) {
        if (Errno.EROFS.is(f.errno()) && (f.call().equals("create") || f.call().equals("mkdirat"))) {
            return exception(
                    step,
                    f,
                    f.what(),
                    "it isn't there, and can't be made: what is mounted above it is read-only",
                    plan.missingPlace(f.what()));
        }
        if (f.opcode() == Opcode.MOUNT.number && f.call().equals("fstatfs") && Errno.EROFS.is(f.errno())) {
            return exception(
                    step,
                    f,
                    f.what(),
                    "overlayfs can't write to the upper or the work directory, and mounts read-only",
                    "let both belong to the host's user who is root inside, on a file system that has extended attributes; where each"
                            + " sandbox has ids of its own nobody is: leave the user namespace out, or give it ids by IdMapping.of");
        }
        if (f.opcode() == Opcode.MKDIR.number && Errno.ENOTDIR.is(f.errno())) {
            return exception(
                    step,
                    f,
                    f.what(),
                    "a directory is to be there, and the root has a file at this place or on the way: a directory(...), or of an image a"
                            + " VOLUME or its WorkingDir",
                    "name another place, or take the file away; an image has to be made anew");
        }
        if (f.opcode() == Opcode.FILE.number || f.opcode() == Opcode.SYMLINK.number) {
            return f.call().equals("create") ? null : taken(plan, step, f);
        }
        if (f.call().equals("mount") && (Errno.ENOTDIR.is(f.errno()) || Errno.EISDIR.is(f.errno()))) {
            return kinds(step, f);
        }
        if (mountsSysfs(step, f)) {
            return sysfs(step, f);
        }
        if (f.opcode() == Opcode.ATTRIBUTES.number && step.startsWith("remount ") && Errno.EINVAL.is(f.errno())) {
            return exception(
                    step,
                    f,
                    f.what(),
                    "nothing is mounted at this place, which belongs to the mount that it lies in",
                    "name a place where something is mounted; to protect a part of a mount there is readOnlyPath(...)");
        }
        boolean asked = isolation == null || isolation == Isolation.MOUNT_NAMESPACE;
        boolean mount = f.opcode() == Opcode.MOUNT.number || f.opcode() == Opcode.ROOT_FS.number;
        if (mount && asked && (Errno.EINVAL.is(f.errno()) || Errno.ERANGE.is(f.errno()))) {
            return options(step, f);
        }
        return null;
    }

    private static @Nullable SandboxException taken(Plan plan, String step, StartFailure f) {
        String reason;
        if (Errno.EISDIR.is(f.errno())) {
            reason = "the root has a directory there";
        } else if (Errno.EBUSY.is(f.errno())) {
            reason = "something is mounted there";
        } else if (Errno.EEXIST.is(f.errno())) {
            reason = "something of this name is there already, and not only the sandbox's own";
        } else if (Errno.EOVERFLOW.is(f.errno())) {
            reason = "the directory belongs to an id that the sandbox does not have";
        } else if (Errno.EROFS.is(f.errno())) {
            reason = "what is mounted there is read-only";
        } else {
            return null;
        }
        if (Errno.EISDIR.is(f.errno())) {
            return exception(step, f, f.what(), reason, "name a file below it, " + f.what() + "/NAME for instance");
        }
        if (Errno.EROFS.is(f.errno())) {
            return exception(step, f, f.what(), reason, plan.missingPlace(f.what()));
        }
        return exception(
                step,
                f,
                f.what(),
                reason,
                "use another target, or a root that changes stay out of: RootFs.overlay(...), an image or RootFs.empty()");
    }

    private static SandboxException kinds(String step, StartFailure f) {
        boolean directory = Errno.ENOTDIR.is(f.errno());
        String where = f.what().equals("/") ? "the root" : "the target in the root";
        return exception(
                step,
                f,
                f.what(),
                directory
                        ? "a directory is to be mounted, and " + where + " is none"
                        : "a file is to be mounted, and " + where + " is a directory",
                directory ? "name a directory" : "name the target as a file, " + f.what() + "/NAME for instance");
    }

    private static boolean mountsSysfs(String step, StartFailure f) {
        return f.opcode() == Opcode.MOUNT.number && step.startsWith("mount sysfs on ") && Errno.EPERM.is(f.errno());
    }

    private static SandboxException sysfs(String step, StartFailure f) {
        String whole =
                "in a user namespace the kernel mounts a sysfs only where all of the host's can be seen, and written where this one"
                        + " may be: here something lies over a part of it, or it is read-only, as in most containers";
        String network =
                "the network namespace that it would show belongs to no user namespace over which this process has"
                        + " CAP_SYS_ADMIN";
        String reason =
                switch (f.call()) {
                    case "fsopen" -> network;
                    case "fsmount" -> whole;
                    default -> network + "; or: " + whole;
                };
        return exception(
                step,
                f,
                f.what(),
                reason,
                "add \"ro\" if it is not there, leave sysfs out, or bind /sys read-only instead");
    }

    private static SandboxException options(String step, StartFailure f) {
        String[] lines = f.what().split("\n", 2);
        String said = lines.length > 1 ? lines[1].replace('\n', ';') : "";
        String ids = lines[0].startsWith("uid=")
                        || lines[0].startsWith("gid=")
                        || !f.call().equals("fsconfig")
                ? "; ids have to be in the sandbox's id map"
                : "";
        return exception(
                step,
                f,
                lines[0],
                "the kernel does not take "
                        + (f.call().equals("fsconfig") ? "this option" : "the options of this mount")
                        + (said.isEmpty() ? "" : ": " + said),
                "correct the option, or leave it out" + ids);
    }

    private static SandboxException exception(String step, StartFailure f, String path, String reason, String remedy) {
        return new SandboxException(step, f.call(), path.isEmpty() ? null : path, f.errno(), reason, remedy);
    }
}
