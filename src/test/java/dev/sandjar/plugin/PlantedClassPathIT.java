package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.plugin.host.ClassFiles;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin's class path in a directory that a guest could write to: nothing of the host's gets into a worker by what was left there. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PlantedClassPathIT {
    @TempDir
    Path directory;

    private Path store;
    private Path lent;
    private String before;

    @BeforeEach
    void prepare() throws IOException {
        before = System.getProperty("sandjar.dir");
        store = Files.createDirectory(directory.resolve("cache"));
        System.setProperty("sandjar.dir", store.toString());
        lent = Files.createDirectory(directory.resolve("lent"));
        Files.setPosixFilePermissions(lent, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty("sandjar.dir");
        } else {
            System.setProperty("sandjar.dir", before);
        }
    }

    private static PluginPool<Everything> pool(Path entry) throws IOException {
        return PluginPool.builder(Everything.class, Everything.Impl.class.getName())
                .classPath(entry)
                .classDataArchive(false)
                .build();
    }

    private void guest(String... command) throws Exception {
        Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bind(lent, "/lent")
                .build()
                .run(command)
                .orThrow();
    }

    private String refused(Path entry) {
        SandboxException e = assertTimeoutPreemptively(
                Duration.ofMinutes(1),
                () -> assertThrows(SandboxException.class, () -> pool(entry).close()));
        return e.getMessage();
    }

    /** Of all jars that workers could see. */
    private Set<String> kept() throws IOException {
        try (Stream<Path> jars = Files.list(store.resolve("sandjar/plugins"))) {
            return jars.filter(jar -> jar.toString().endsWith(".jar"))
                    .flatMap(jar -> names(jar).stream())
                    .collect(Collectors.toSet());
        }
    }

    private static List<String> names(Path jar) {
        try (InputStream in = Files.newInputStream(jar);
                JarInputStream entries = new JarInputStream(in)) {
            return Stream.iterate(next(entries), e -> e != null, e -> next(entries))
                    .map(JarEntry::getName)
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static JarEntry next(JarInputStream entries) {
        try {
            return entries.getNextJarEntry();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aLinkOfTheHostsOwnIsFollowed() throws Exception {
        Path link = Files.createSymbolicLink(
                directory.resolve("current.jar"), PluginJars.jar(directory, Everything.Impl.class));
        try (PluginPool<Everything> pool = pool(link)) {
            assertEquals("secret", pool.get().file(Files.writeString(directory.resolve("f"), "secret")));
        }
    }

    @Test
    void aDirectoryOfClassesWithLinksOfTheHostsOwnServes() throws Exception {
        Path classes = Files.createDirectory(directory.resolve("classes"));
        Path jar = PluginJars.jar(directory, Everything.Impl.class);
        try (java.util.jar.JarFile file = new java.util.jar.JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().toList()) {
                Path target = classes.resolve(entry.getName());
                Files.createDirectories(target.getParent());
                try (InputStream in = file.getInputStream(entry)) {
                    Files.copy(in, target);
                }
            }
        }
        Path implementation = classes.resolve("dev/sandjar/plugin/Everything$Impl.class");
        Path elsewhere = Files.move(implementation, directory.resolve("elsewhere.class"));
        Files.createSymbolicLink(implementation, elsewhere);
        try (PluginPool<Everything> pool = pool(classes)) {
            assertEquals("content", pool.get().file(Files.writeString(directory.resolve("f"), "content")));
        }
        assertTrue(kept().contains("dev/sandjar/plugin/Everything$Impl.class"));
    }

    @Test
    void aJarThatAGuestMadeALinkIsRefused() throws Exception {
        Path secret = Files.write(directory.resolve("secret"), ClassFiles.jar(List.of(Everything.Impl.class)));
        guest("ln", "-s", secret.toString(), "/lent/plugin.jar");
        assertTrue(Files.isRegularFile(lent.resolve("plugin.jar")), "it leads to the secret");
        String message = refused(lent.resolve("plugin.jar"));
        assertTrue(message.contains("plugin.jar"), message);
    }

    @Test
    void aClassThatAGuestMadeALinkIsRefused() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        guest("sh", "-c", "mkdir -p /lent/a/b && ln -s \"$1\" /lent/a/b/C.class", "sh", secret.toString());
        assertTrue(Files.isRegularFile(lent.resolve("a/b/C.class")), "it leads to the secret");
        String message = refused(lent);
        assertTrue(message.contains("C.class"), message);
    }

    @Test
    void aDirectoryThatAGuestMadeALinkIsRefused() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("C.class"), "secret");
        guest("ln", "-s", secrets.toString(), "/lent/classes");
        String message = refused(lent.resolve("classes"));
        assertTrue(message.contains("classes"), message);
        try (PluginPool<Everything> pool = pool(lent)) {
            assertEquals(0, pool.statistics().calls());
        }
        assertTrue(kept().stream().noneMatch(name -> name.endsWith("C.class")), () -> "followed below a directory");
    }

    @Test
    void aPipeKeepsNobody() throws Exception {
        guest("mkfifo", "/lent/plugin.jar");
        String message = refused(lent.resolve("plugin.jar"));
        assertTrue(message.contains("it is a FIFO"), message);
    }
}
