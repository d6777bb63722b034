package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * untrusted() on a host that refuses every namespace: Landlock, seccomp and resource limits in their place. The host is made by a user
 * namespace that allows no further ones, and a JVM in it without capabilities; the controls are those of {@link VerifyIT}.
 */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.LANDLOCK})
@Timeout(value = 4, unit = TimeUnit.MINUTES) // all attacks, on emulated processors
@Tag("heavy")
class WithoutNamespacesIT {
    private static final String HOST = "echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --no-new-privs"
            + " --bounding-set -all --inh-caps -all --ambient-caps -all \"$@\"";
    private static final int CONTAINED_MIN = 70;
    /** The user is called root there, and whom the host's root has mapped is under no limit of processes. */
    private static final Set<String> OF_THE_SCENE = Set.of("become-root", "many-processes");

    /** As Linux 6.1 has it (Debian 12, and with another number of the kernel RHEL 9), and as this kernel has it. */
    @ParameterizedTest
    @ValueSource(ints = {2, 15})
    void whatIsMissingIsReplaced(int landlock, @TempDir Path scratch) throws Exception {
        Path directory = Files.createDirectory(scratch.resolve("bound"));
        Files.writeString(directory.resolve("given"), "hello");
        List<String> command = new ArrayList<>(List.of("unshare", "--user", "--map-root-user", "sh", "-c", HOST, "sh"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dsandjar.landlockVersion=" + landlock,
                "-cp",
                System.getProperty("java.class.path"),
                WithoutNamespacesMain.class.getName(),
                directory.toString()));
        HostProgram.Result result = HostProgram.run(command.toArray(String[]::new));
        List<String> lines = result.out().lines().toList();
        assertEquals(
                List.of("strict refused", "files hellomade", "programs a usr", "says true true true"),
                lines.subList(0, Math.min(4, lines.size())),
                result::toString);
        List<String> exposed = lines.stream()
                .filter(line -> line.startsWith("EXPOSED") || line.startsWith("NOT_ATTEMPTED"))
                .filter(line -> !OF_THE_SCENE.contains(line.split(" ")[1]))
                .toList();
        assertEquals(List.of(), exposed, result::toString);
        String last = lines.get(lines.size() - 1);
        assertTrue(Integer.parseInt(last.substring("contained ".length())) > CONTAINED_MIN, result::toString);
        assertTrue(lines.stream().anyMatch(l -> l.matches("limits [0-9]+ 5")), result::toString);
        if (FileAttacks.canBeTried()) {
            assertTrue(
                    lines.contains("truncation: \"\" outside, \"content\" inside, read as \"content\""),
                    result::toString);
            // Some file systems have no flags.
            assertTrue(
                    lines.stream()
                            .anyMatch(
                                    l -> l.matches("flags: (set|Inappropriate ioctl for device|Operation not supported)"
                                            + " outside, Inappropriate ioctl for device inside")),
                    result::toString);
        }
    }
}
