package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Names that are no UTF-8, and names beyond ASCII where the locale knows none, mean the files that have them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PathBytesIT {
    /** In a JVM of any locale: binds, opens and explains files by names of bytes. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws Exception {
            Path directory = Files.createTempDirectory("names");
            Path right = named(directory, new byte[] {'a', (byte) 0xff});
            Path wrong = named(directory, "a\ufffd".getBytes(StandardCharsets.UTF_8));
            Path umlaut = named(directory, "\u00fc".getBytes(StandardCharsets.UTF_8));
            try {
                for (Path path : List.of(right, wrong, umlaut)) {
                    Files.createDirectory(path);
                    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
                    Files.write(path.resolve("name"), PathBytes.of(path));
                }
                for (Path path : List.of(right, wrong, umlaut)) {
                    Sandbox bound = Sandbox.untrusted().bindReadOnly(path, "/x").build();
                    check(path, bound, Command.of("cat", "/x/name"));
                    check(
                            path,
                            bound,
                            Command.of("sh", "-c", "cat <&3")
                                    .descriptor("a", Descriptor.readFrom(path.resolve("name"))));
                    assertTrue(
                            bound.explain().entries().toString().contains(PathBytes.shown(path)),
                            bound.explain().entries().toString());
                    Sandbox rooted = Sandbox.builder()
                            .userNamespace()
                            .rootfs(RootFs.directory(path))
                            .build();
                    assertTrue(rooted.explain().entries().toString().contains(PathBytes.shown(path)));
                }
                assertEquals(directory + "/a\\xff", PathBytes.shown(right));
            } finally {
                for (Path path : List.of(right, wrong, umlaut)) {
                    Files.deleteIfExists(path.resolve("name"));
                    Files.deleteIfExists(path);
                }
                Files.delete(directory);
            }
            System.out.println("all as named");
        }

        private static Path named(Path directory, byte[] name) {
            byte[] parent = PathBytes.of(directory);
            byte[] full = java.util.Arrays.copyOf(parent, parent.length + 1 + name.length);
            full[parent.length] = '/';
            System.arraycopy(name, 0, full, parent.length + 1, name.length);
            return PathBytes.path(full);
        }

        private static void check(Path path, Sandbox sandbox, Command command) throws Exception {
            byte[] said = sandbox.run(command).orThrow().stdoutBytes();
            assertEquals(PathBytes.shown(path), PathBytes.shown(said));
        }
    }

    @Test
    void inThisLocale() throws Exception {
        Main.main(new String[0]);
    }

    @Test
    void whereTheLocaleKnowsAsciiOnly() throws Exception {
        Process jvm = ChildJvm.startIn(Map.of("LC_ALL", "C"), Main.class);
        String text = ChildJvm.output(jvm).get(150, TimeUnit.SECONDS);
        assertTrue(text.contains("all as named"), text);
    }
}
