package dev.sandjar.internal.host;

import dev.sandjar.Capability;
import dev.sandjar.internal.host.Diagnosis.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why a user namespace can't have more than one id. */
final class IdCauses {
    private static final long RANGE = 65536;
    private static final long FIRST_SUBORDINATE = 100000;
    private static final int SETUID_BIT = 04000;

    private final HostFiles files;

    IdCauses(HostFiles files) {
        this.files = files;
    }

    Finding range() {
        IdMap own = IdMap.parse(files.lines("/proc/self/uid_map"));
        if (!own.ranges().isEmpty()
                && own.ranges().stream().mapToLong(IdRange::count).sum() == 1) {
            return new Finding(
                    "this process is itself in a user namespace that has a single id",
                    "start it outside of that namespace, or give the namespace a range of ids");
        }
        CapabilityMask bounding = CapabilityMask.parse(files.status("CapBnd"));
        if (bounding != null && !(bounding.has(Capability.SETUID) && bounding.has(Capability.SETGID))) {
            return new Finding(
                    "CAP_SETUID and CAP_SETGID are not in the bounding set of this process, so that no program can map other ids for it",
                    "leave the range out, or start the container with both (--cap-add SETUID --cap-add SETGID)");
        }
        Path newuidmap = files.program("newuidmap");
        if (newuidmap == null || files.program("newgidmap") == null) {
            return new Finding("newuidmap and newgidmap are not installed", "run as root: " + install());
        }
        String user = SubordinateIds.nameOf(files.lines("/etc/passwd"), uid());
        for (String file : List.of("/etc/subuid", "/etc/subgid")) {
            if (SubordinateIds.parse(files.lines(file), user, uid()).isEmpty()) {
                return new Finding(
                        file + " has no line for " + (user == null ? "uid " + uid() : "user " + user), usermod(user));
            }
        }
        if (files.status("NoNewPrivs").equals("1")) {
            return new Finding(
                    "no_new_privs is set on this process, so newuidmap gains no rights",
                    "start java without it (a unit's NoNewPrivileges=, a container's no-new-privileges)");
        }
        if (!hasSetuid(newuidmap)) {
            return new Finding(
                    newuidmap + " is neither setuid nor known to have file capabilities",
                    "run as root: chmod u+s " + newuidmap + "; or reinstall it: " + install());
        }
        return new Finding(
                "newuidmap refuses the ranges of this user",
                "compare /etc/subuid and /etc/subgid: each needs a range that belongs to this user alone and exists in this"
                        + " namespace; is the file system of " + newuidmap + " mounted nosuid?");
    }

    Finding groups() {
        if (files.is("/proc/self/setgroups", "deny")) {
            return new Finding(
                    "setgroups(2) is denied for good in the user namespace that this process is in",
                    "leave the groups out, or start java outside of that namespace");
        }
        return range();
    }

    private static boolean hasSetuid(Path program) {
        try {
            Object mode = Files.getAttribute(program, "unix:mode");
            return mode instanceof Integer bits && (bits & SETUID_BIT) != 0;
        } catch (IOException | UnsupportedOperationException e) {
            return true; // unknown: then it is not what to blame
        }
    }

    private long uid() {
        String first = files.status("Uid").split("\\s+")[0];
        return first.matches("\\d{1,10}") ? Long.parseLong(first) : -1;
    }

    private String usermod(@Nullable String user) {
        long next = FIRST_SUBORDINATE;
        for (String file : List.of("/etc/subuid", "/etc/subgid")) {
            for (String line : files.lines(file)) {
                String[] fields = line.strip().split(":");
                if (fields.length == 3 && fields[1].matches("\\d{1,10}") && fields[2].matches("\\d{1,10}")) {
                    next = Math.max(next, Long.parseLong(fields[1]) + Long.parseLong(fields[2]));
                }
            }
        }
        String range = next + "-" + (next + RANGE - 1);
        return "run as root: usermod --add-subuids " + range + " --add-subgids " + range + " "
                + (user == null ? "USER" : user);
    }

    private String install() {
        String release = String.join("\n", files.lines("/etc/os-release")) + "\n";
        if (release.matches("(?s).*\\bID(_LIKE)?=\"?[^\\n]*\\b(debian|ubuntu)\\b.*")) {
            return "apt-get install uidmap";
        }
        if (release.matches("(?s).*\\bID(_LIKE)?=\"?[^\\n]*\\b(fedora|rhel|centos)\\b.*")) {
            return "dnf install shadow-utils";
        }
        if (release.matches("(?s).*\\bID=\"?alpine\\b.*")) {
            return "apk add shadow-uidmap";
        }
        if (release.matches("(?s).*\\bID(_LIKE)?=\"?[^\\n]*\\bsuse\\b.*")) {
            return "zypper install shadow";
        }
        return "install the package uidmap (Debian, Ubuntu), shadow-utils (Fedora), shadow (Arch, SUSE) or shadow-uidmap (Alpine)";
    }
}
