package dev.sandjar.internal.host;

import dev.sandjar.Isolation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The small files of some machine, below a directory. It begins as an unprivileged user's with nothing against it. */
final class RecordedHost {
    private static final String MOUNTS =
            """
            22 27 0:21 / /proc rw,nosuid - proc proc rw
            27 1 254:0 / / rw,relatime - ext4 /dev/root rw
            """;

    private final Path root;

    RecordedHost(Path root) {
        this.root = root;
        file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n");
        file("/proc/self/mountinfo", MOUNTS);
        status("0000000000000000", 0, 0);
        for (String kind :
                new String[] {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time", "time_for_children"}) {
            file("/proc/self/ns/" + kind, "");
        }
        file("/proc/self/uid_map", "         0          0 4294967295\n");
    }

    RecordedHost file(String path, String content) {
        Path file = root.resolve(path.substring(1));
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    RecordedHost without(String path) {
        try {
            Files.delete(root.resolve(path.substring(1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    RecordedHost status(String capabilities, int seccomp, int noNewPrivileges) {
        return file(
                "/proc/self/status",
                "Name:\tjava\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t" + capabilities + "\nNoNewPrivs:\t"
                        + noNewPrivileges + "\nSeccomp:\t" + seccomp + "\n");
    }

    /** Root with these capabilities, and no others within reach. */
    RecordedHost root(String capabilities) {
        return file(
                "/proc/self/status",
                "Name:\tjava\nUid:\t0\t0\t0\t0\nCapEff:\t" + capabilities + "\nCapBnd:\t" + capabilities
                        + "\nNoNewPrivs:\t0\nSeccomp:\t0\n");
    }

    RecordedHost mount(String target, String options) {
        return file("/proc/self/mountinfo", MOUNTS + "40 22 0:50 / " + target + " " + options + " - tmpfs tmpfs rw\n");
    }

    /** An executable with these permissions and, if asked for, the setuid bit. */
    RecordedHost program(String path, boolean setuid) {
        file(path, "");
        Path file = root.resolve(path.substring(1));
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            if (setuid) {
                Files.setAttribute(file, "unix:mode", 04755);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    HostFiles files() {
        return new HostFiles(root);
    }

    Diagnosis.Finding finding(Isolation isolation) {
        return finding(isolation, 0);
    }

    Diagnosis.Finding finding(Isolation isolation, int errno) {
        return new Diagnosis(files()).explain(isolation, errno);
    }
}
