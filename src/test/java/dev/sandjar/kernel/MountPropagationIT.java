package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mounts of a host where they are shared, as systemd makes them: what a sandbox mounts stays in the sandbox. A further JVM in a mount
 * namespace of its own is such a host, whatever this machine is.
 */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class MountPropagationIT {
    @TempDir
    Path directory;

    @BeforeEach
    void everybodyMayEnter() throws Exception {
        HostProgram.sh("chmod 755 " + directory);
        Path root = RootFsIT.tree(directory);
        HostProgram.sh("chmod -R go+w " + root + "; mkdir -p " + directory + "/data/deep " + root + "/mnt/inner " + root
                + "/mnt/data; chmod -R 777 " + directory + "/data");
    }

    @Test
    void nothingIsMountedOnAHostOfSharedMounts() throws Exception {
        String[] lines = onSharedHost("sandboxes");
        assertEquals("", lines[0]);
        assertTrue(lines.length > 1, "no sandbox ran");
    }

    @Test
    void aMountOfAnotherNamespaceWouldBeSeen() throws Exception {
        String[] lines = onSharedHost("control");
        assertTrue(lines[0].contains("/data "), String.join("\n", lines));
    }

    /** First line: what is mounted there and was not before. */
    private String[] onSharedHost(String what) throws Exception {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private"));
        if (Feature.ROOT.missing().isPresent()) {
            command.addAll(List.of("--user", "--map-root-user"));
        }
        // Private first: mounts that were shared already would stay peers of this machine's.
        command.addAll(List.of("sh", "-c", "mount --make-rshared / && exec \"$@\"", "sh"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                SharedHost.class.getName(),
                directory.toString(),
                what));
        Process host = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(host.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(host.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, host.exitValue(), out);
        return out.split("\n", -1);
    }

    /** Runs sandboxes of every kind of root, with binds of either kind, and reports what is to be seen of their mounts. */
    static final class SharedHost {
        private SharedHost() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            Path data = directory.resolve("data");
            Set<String> before = mounts();
            if (before.stream().noneMatch(mount -> mount.contains(" shared:"))) {
                throw new AssertionError("no mount is shared here");
            }
            List<String> ran = new ArrayList<>();
            if (arguments[1].equals("control")) {
                HostProgram.sh("unshare --mount --propagation unchanged mount -t tmpfs none \"$1\"", data.toString());
            } else {
                for (SandboxBuilder builder : builders(directory.resolve("root"))) {
                    Sandbox sandbox = builder.tmpfs("/mnt/inner", DataSize.mebibytes(1))
                            .bind(data, "/mnt/data")
                            .tmpfs("/mnt/data/deep", DataSize.mebibytes(1))
                            .mounts(m -> m.mask("/usr/share"))
                            .build();
                    String inside =
                            sandbox.run("/usr/bin/cat", "/proc/self/mountinfo").stdout();
                    if (!inside.contains(" /mnt/inner ")
                            || inside.contains(" shared:")
                            || inside.contains(" master:")) {
                        throw new AssertionError(sandbox + " has mounts:\n" + inside);
                    }
                    ran.add(sandbox.toString());
                }
            }
            Set<String> after = mounts();
            after.removeAll(before);
            System.out.println(String.join("; ", after));
            ran.forEach(System.out::println);
            System.exit(0);
        }

        private static Set<String> mounts() throws Exception {
            return new TreeSet<>(Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1));
        }

        private static List<SandboxBuilder> builders(Path root) {
            List<RootFs> roots = new ArrayList<>(
                    List.of(RootFs.hostReadOnly(), RootFs.directory(root), RootFs.directoryWritable(root)));
            if (Feature.OVERLAY.missing().isEmpty()) {
                roots.add(RootFs.overlay(root));
            }
            List<SandboxBuilder> builders = new ArrayList<>();
            for (RootFs kind : roots) {
                SandboxBuilder builder =
                        Sandbox.builder().userNamespace().pidNamespace().rootfs(kind);
                builders.add(kind == roots.get(0) ? builder : builder.bindReadOnly(Path.of("/usr"), "/usr"));
            }
            builders.add(Sandbox.untrusted());
            return builders;
        }
    }
}
