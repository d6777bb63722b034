package dev.sandjar.internal.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts and Java runtimes that lack what most have. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PROC})
@Tag("heavy")
class BareHostIT {
    @TempDir
    Path directory;

    private static String jvm(Path home, String before, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", before + "exec \"$@\"", "sh"));
        if (!before.isEmpty()) {
            command.addAll(0, List.of("unshare", "--mount", "--propagation", "private"));
        }
        command.addAll(List.of(home.resolve("bin/java").toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of("-Dslf4j.internal.verbosity=ERROR"));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BareHostMain.class.getName()));
        command.addAll(List.of(arguments));
        HostProgram.Result result = HostProgram.run(command.toArray(String[]::new));
        assertEquals(0, result.exit(), result::toString);
        return result.out();
    }

    private static Path home() {
        return Path.of(System.getProperty("java.home"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void withoutDev() {
        // Without random numbers of the kernel's the JDK makes some itself, which takes ten seconds.
        String before = "mount -t tmpfs none /dev; mknod -m 444 /dev/random c 1 8; mknod -m 444 /dev/urandom c 1 9; ";
        String out = jvm(home(), before, List.of(), "plain");
        assertTrue(out.contains("refused: start the launcher: posix_spawn(/dev/null) failed: ENOENT"), out);
        assertTrue(out.contains("mount /dev where java runs"), out);
        assertEquals("ran", jvm(home(), "true; ", List.of(), "plain").strip(), "with /dev it runs");
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void withoutRunTheNamedDirectoryServes() {
        String before = "mount -t tmpfs -o ro none /run; ";
        String refused = jvm(home(), before, List.of(), "untrusted");
        assertTrue(refused.contains("refused: choose private ids: mkdir(/run/sandjar) failed"), refused);
        assertTrue(refused.contains("-Dsandjar.dir="), refused);
        Path place = directory.resolve("place");
        assertEquals(
                "ran",
                jvm(home(), before, List.of("-Dsandjar.dir=" + place), "untrusted")
                        .strip());
        assertTrue(Files.exists(place.resolve("sandjar/ids.lock")));
    }

    /** Nobody has denied anything. */
    @Test
    @NeedsHost(Feature.ROOT)
    void aFullDiskIsCalledSo() {
        String full = "mount -t tmpfs -o size=8k,nr_inodes=4 none /mnt; mkdir /mnt/sandjar; : >/mnt/a; : >/mnt/b; ";
        String cache = jvm(home(), full, List.of("-Dsandjar.launcher.memfd=false", "-Dsandjar.dir=/mnt"), "plain");
        String kept = jvm(home(), full, List.of(), "kept", "/mnt");
        for (String out : List.of(cache, kept)) {
            assertTrue(out.contains("refused: ") && out.contains("ENOSPC (No space left on device)"), out);
            assertFalse(out.contains("EACCES"), out);
        }
    }

    private Path runtime(String modules) {
        Path jmods = home().resolve("jmods");
        Assumptions.assumeTrue(
                Files.isDirectory(jmods) || Runtime.version().feature() >= 24, () -> "no modules to link in " + jmods);
        Path made = directory.resolve("runtime");
        HostProgram.Result linked = HostProgram.run(
                home().resolve("bin/jlink").toString(), "--add-modules", modules, "--output", made.toString());
        Assumptions.assumeTrue(linked.exit() == 0, linked::toString);
        return made;
    }

    @Test
    void withoutTheModulesForEventsAndRegistries() {
        Path runtime = runtime("java.base,java.logging");
        String out = jvm(
                runtime,
                "",
                List.of("-Dsandjar.dir=" + directory.resolve("place")),
                "everything",
                directory.toString());
        assertTrue(out.startsWith("hermetic\nnew\n"), out);
        assertTrue(out.contains("of an image"), out);
        assertTrue(out.contains("pull: ") && out.contains("does not answer: there is no such host"), out);
    }

    @Test
    void withoutTheModuleThatJnaNeeds() {
        String out = jvm(runtime("java.base"), "", List.of(), "plain");
        assertTrue(out.contains("this Java runtime lacks the module java.logging, which JNA needs"), out);
        assertTrue(out.contains("jlink --add-modules java.base,java.logging"), out);
    }
}
