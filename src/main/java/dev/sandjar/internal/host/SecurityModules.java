package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which of the security modules that label programs are at work in this kernel. */
public final class SecurityModules {
    private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
    private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");
    /** Of AppArmor alone, since Linux 5.8; the one that all modules share is that of whichever comes first. */
    private static final Path OWN_FILE = Path.of("/proc/self/attr/apparmor/exec");

    private SecurityModules() {}

    /** Apparmor(7). */
    public static boolean appArmor() {
        try {
            return BoundedReads.lines(APPARMOR).contains("Y");
        } catch (IOException e) {
            return false; // there is no such file without it
        }
    }

    /** Below /proc, what tells AppArmor what comes of the next execve. */
    public static String appArmorFile() {
        return Files.exists(OWN_FILE) ? "self/attr/apparmor/exec" : "self/attr/exec";
    }

    /** Selinux(8). */
    public static boolean seLinux() {
        return Files.exists(SELINUX);
    }
}
