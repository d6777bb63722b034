package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configuration of programs, on trees that are made up. */
class HostConfigurationTest {
    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void open() throws IOException {
        root = directory(directory.toRealPath().resolve("root"), "rwxr-xr-x");
    }

    private static Path directory(Path path, String mode) throws IOException {
        Files.createDirectories(path);
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private Path file(String name, String mode) throws IOException {
        Path path = root.resolve(name.substring(1));
        for (Path above = path.getParent(); !above.equals(root); above = above.getParent()) {
            if (!Files.exists(above)) {
                directory(above, "rwxr-xr-x");
            }
        }
        Files.writeString(path, name);
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private List<String> present() {
        return new HostConfiguration(root).present();
    }

    @Test
    void whatIsNamedIsThereAndNothingElse() throws IOException {
        for (String name : List.of(
                "/etc/fonts/fonts.conf",
                "/etc/ImageMagick-6/policy.xml",
                "/etc/ImageMagick-7/policy.xml",
                "/etc/java-29-openjdk/logging.properties",
                "/etc/magic",
                "/etc/manpath.config",
                "/var/lib/texmf/ls-R",
                "/etc/mysql/my.cnf",
                "/etc/ssl/private/key.pem",
                "/etc/shadow",
                "/etc/java-29-oracle/x",
                "/var/lib/postgresql/data")) {
            file(name, "rw-r--r--");
        }
        assertEquals(
                List.of(
                        "/etc/ImageMagick-6",
                        "/etc/ImageMagick-7",
                        "/etc/fonts",
                        "/etc/java-29-openjdk",
                        "/etc/magic",
                        "/etc/manpath.config",
                        "/var/lib/texmf"),
                present());
    }

    @Test
    void whatNotEverybodyMayReadIsNot() throws IOException {
        file("/etc/magic", "rw-r-----");
        file("/etc/fonts/fonts.conf", "rw-r--r--");
        file("/etc/php/php.ini", "rw-r--r--");
        file("/var/lib/texmf/ls-R", "rw-r--r--");
        assertEquals(List.of("/etc/fonts", "/etc/php", "/var/lib/texmf"), present());
        directory(root.resolve("etc/php"), "rwxr-x---");
        directory(root.resolve("etc/fonts"), "rwxr-xr--");
        directory(root.resolve("var/lib"), "rwx------");
        assertEquals(List.of(), present());
    }

    @Test
    void ofALinkWhatItLeadsToCounts() throws IOException {
        file("/opt/php/php.ini", "rw-r--r--");
        file("/secret/fonts/fonts.conf", "rw-r--r--");
        directory(root.resolve("secret"), "rwx--x---");
        directory(root.resolve("etc"), "rwxr-xr-x");
        Files.createSymbolicLink(root.resolve("etc/php"), root.resolve("opt/php"));
        Files.createSymbolicLink(root.resolve("etc/fonts"), root.resolve("secret/fonts"));
        Files.createSymbolicLink(root.resolve("etc/magic"), root.resolve("nowhere"));
        assertEquals(List.of("/etc/php"), present());
    }

    @Test
    void secretsInADirectoryAreFoundTopmost() throws IOException {
        file("/etc/php/php.ini", "rw-r--r--");
        file("/etc/php/8.2/cli/password.ini", "rw-r-----");
        file("/etc/php/keys/one", "rw-r--r--");
        file("/etc/php/keys/two", "rw-------");
        directory(root.resolve("etc/php/keys"), "rwxr-x---");
        Files.createSymbolicLink(root.resolve("etc/php/link"), root.resolve("etc/php/8.2/cli/password.ini"));
        List<String> closed =
                Objects.requireNonNull(HostConfiguration.closedIn(root.resolve("etc/php"), new WatchedFiles()));
        assertEquals(
                List.of("/8.2/cli/password.ini", "/keys"),
                closed.stream().sorted().toList());
        for (int i = 0; i < 17; i++) {
            file("/etc/php/many" + i, "rw-------");
        }
        assertNull(HostConfiguration.closedIn(root.resolve("etc/php"), new WatchedFiles()), "too many to cover");
    }

    @Test
    void theJavadocNamesThemAll() throws IOException {
        String text = Files.readString(Path.of("src/main/java/dev/sandjar/RootFs.java"))
                .replaceAll("\\s+[*]?\\s*", " ");
        for (String name : HostConfiguration.NAMES) {
            String bare = name.replaceFirst("^/(etc|var/lib)/", "");
            assertTrue(text.matches(".*[ ]" + java.util.regex.Pattern.quote(bare) + "[,.; ].*"), bare);
        }
    }

    @Test
    void pathsThatNamesCover() {
        for (String shown : List.of(
                "/etc/fonts",
                "/etc/fonts/conf.d/x",
                "/etc/java-17-openjdk/a/b",
                "/etc/ImageMagick-6",
                "/etc/python3.11")) {
            assertTrue(HostConfiguration.covers(shown), shown);
        }
        for (String hidden : List.of(
                "/etc/fonts2", "/etc", "/etc/java-17", "/etc/java-/x-openjdk", "/etc/ssl/private", "/etc/mysql")) {
            assertFalse(HostConfiguration.covers(hidden), hidden);
        }
    }
}
