package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.UserCache;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the launcher comes from, with a kernel that notes what would be executed. */
class LauncherBinaryTest {
    private static final byte[] PROGRAM = "#!/bin/true\n".getBytes(StandardCharsets.US_ASCII);

    private final Set<String> before = Fds.open();
    private Recorder kernel;
    private LauncherResource program;

    @TempDir
    Path directory;

    /** Answers each spawn with the next result, and keeps what the path held at that moment. */
    private static class Recorder extends ForwardingKernel {
        final List<Integer> results = new ArrayList<>();
        final List<byte[]> contents = new ArrayList<>();
        final List<String> paths = new ArrayList<>();
        Errno noMemfd;
        boolean refusesExec;

        @Override
        public int memfd(String name, int flags) {
            if (noMemfd != null) {
                return -noMemfd.number();
            }
            return refusesExec && (flags & 0x10) != 0 ? -Errno.EINVAL.number() : super.memfd(name, flags);
        }

        @Override
        public int spawn(byte[] path, List<String> argv, List<String> environment, int socket) {
            assertEquals(List.of("sandjar-launcher"), argv);
            assertEquals(List.of(), environment);
            String name = new String(path, StandardCharsets.UTF_8);
            paths.add(name);
            try {
                contents.add(Files.readAllBytes(Path.of(name)));
                paths.add(Path.of(name).toRealPath().toString());
            } catch (java.io.IOException e) {
                paths.add("?");
            }
            return results.isEmpty() ? 4711 : results.remove(0);
        }
    }

    @BeforeEach
    void prepare() throws SandboxException {
        kernel = new Recorder();
        program = resource(PROGRAM, LauncherResource.sha256(PROGRAM));
    }

    @AfterEach
    void nothingStaysOpen() {
        Fds.assertNoneBeyond(before);
    }

    private static LauncherResource resource(byte[] bytes, String sha256) throws SandboxException {
        Properties properties = new Properties();
        properties.setProperty("version", "1.2.3");
        properties.setProperty("sha256", sha256);
        return LauncherResource.checked("/linux-test/sandjar-launcher", bytes, properties);
    }

    private Path cached() {
        return directory.resolve("sandjar/1.2.3-" + program.sha256().substring(0, 16) + "/sandjar-launcher");
    }

    @Test
    void aResourceThatWasChangedIsRefused() {
        SandboxException e = assertThrows(SandboxException.class, () -> resource(PROGRAM, "00"));
        assertTrue(e.reason().contains("SHA-256"), e.getMessage());
    }

    @Test
    void anUnknownMachineIsSaid() {
        SandboxException e = assertThrows(SandboxException.class, () -> LauncherResource.load("ppc64le"));
        assertTrue(e.reason().contains("linux-ppc64le"), e.getMessage());
        assertTrue(e.remedy().contains("-Dsandjar.launcher"), e.getMessage());
    }

    @Test
    void runsFromSealedMemory() throws SandboxException {
        Recorder sealed = new Recorder() {
            @Override
            public int spawn(byte[] path, List<String> argv, List<String> environment, int socket) {
                int fd = Integer.parseInt(
                        new String(path, StandardCharsets.US_ASCII).substring("/proc/self/fd/".length()));
                assertTrue(fd >= 10, "its number could be overwritten in the child");
                assertEquals(-Errno.EPERM.number(), real.write(fd, new byte[1], 0, 1));
                assertEquals(15, real.fcntl(fd, 1034, 0) & 15, "F_GET_SEALS");
                return super.spawn(path, argv, environment, socket);
            }
        };
        assertEquals(4711, LauncherBinary.fromResource(sealed, program, true, directory, 3));
        assertArrayEquals(PROGRAM, sealed.contents.get(0));
        assertFalse(Files.exists(directory.resolve("sandjar")));
    }

    @Test
    void kernelsThatDoNotKnowTheExecFlagAreAskedWithoutIt() throws SandboxException {
        kernel.refusesExec = true;
        assertEquals(4711, LauncherBinary.fromResource(kernel, program, true, directory, 3));
        assertArrayEquals(PROGRAM, kernel.contents.get(0));
    }

    @Test
    void runsFromTheCacheWhereMemoryMayNotBeExecuted() throws Exception {
        for (Errno refusal : List.of(Errno.EACCES, Errno.EPERM, Errno.ENOSYS)) {
            kernel.results.add(-refusal.number());
            assertEquals(4711, LauncherBinary.fromResource(kernel, program, true, directory, 3));
        }
        kernel.noMemfd = Errno.ENOSYS;
        assertEquals(4711, LauncherBinary.fromResource(kernel, program, true, directory, 3));
        assertEquals(cached().toString(), kernel.paths.get(kernel.paths.size() - 1));
        assertArrayEquals(PROGRAM, Files.readAllBytes(cached()));
        assertEquals("r-x------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cached())));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cached().getParent())));
    }

    @Test
    void otherFailuresOfMemoryAreFailures() {
        kernel.results.add(-Errno.ENOMEM.number());
        SandboxException e = assertThrows(
                SandboxException.class, () -> LauncherBinary.fromResource(kernel, program, true, directory, 3));
        assertEquals("ENOMEM", e.errnoName());
        assertFalse(Files.exists(directory.resolve("sandjar")));
    }

    @Test
    void aBusyFileIsTriedAgain() throws Exception {
        for (int i = 0; i < 10; i++) {
            kernel.results.add(-Errno.ETXTBSY.number());
        }
        assertEquals(4711, LauncherBinary.fromCache(kernel, program, directory, 3));
        assertEquals(11, kernel.contents.size());
    }

    @Test
    void aNoexecDirectoryIsSaid() {
        kernel.results.add(-Errno.EACCES.number());
        SandboxException e =
                assertThrows(SandboxException.class, () -> LauncherBinary.fromCache(kernel, program, directory, 3));
        assertTrue(e.reason().contains("noexec"), e.getMessage());
        assertTrue(e.remedy().contains("-Dsandjar.dir"), e.getMessage());
    }

    @Test
    void aCachedFileIsCheckedBeforeEachUseAndReplaced() throws Exception {
        LauncherBinary.fromCache(kernel, program, directory, 3);
        long inode = (long) Files.getAttribute(cached(), "unix:ino");
        LauncherBinary.fromCache(kernel, program, directory, 3);
        assertEquals(inode, Files.getAttribute(cached(), "unix:ino"), "a good file is used again");
        for (byte[] tampered :
                List.of(new byte[0], "#!/bin/fals\n".getBytes(StandardCharsets.US_ASCII), new byte[99])) {
            Files.setPosixFilePermissions(cached(), PosixFilePermissions.fromString("rwx------"));
            Files.write(cached(), tampered);
            LauncherBinary.fromCache(kernel, program, directory, 3);
            assertArrayEquals(PROGRAM, kernel.contents.get(kernel.contents.size() - 1));
        }
        Files.delete(cached());
        Path elsewhere = Files.write(directory.resolve("elsewhere"), PROGRAM);
        Files.createSymbolicLink(cached(), elsewhere);
        LauncherBinary.fromCache(kernel, program, directory, 3);
        assertFalse(Files.isSymbolicLink(cached()));
        try (var files = Files.list(cached().getParent())) {
            assertEquals(List.of(cached()), files.toList(), "no temporary file stays");
        }
    }

    @Test
    void aDirectoryThatOthersMayWriteToIsRefused() throws Exception {
        Path own = cached().getParent();
        Files.createDirectories(own);
        for (String mode : List.of("rwxrwx---", "rwx---rwx", "rwxr-xr-x")) {
            Files.setPosixFilePermissions(own, PosixFilePermissions.fromString(mode));
            SandboxException e = assertThrows(
                    SandboxException.class, () -> LauncherBinary.fromCache(kernel, program, directory, 3), mode);
            assertTrue(e.reason().contains("this user alone"), e.getMessage());
        }
        Files.delete(own);
        Files.createSymbolicLink(own, Files.createDirectory(directory.resolve("private")));
        assertThrows(SandboxException.class, () -> LauncherBinary.fromCache(kernel, program, directory, 3));
        assertEquals(List.of(), kernel.paths);
    }

    @Test
    void aDirectoryOfAnotherUserIsRefused() throws Exception {
        Path own = cached().getParent();
        Files.createDirectories(own);
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
        try {
            Files.setAttribute(own, "unix:uid", 12345);
        } catch (java.io.IOException e) {
            Assumptions.abort("only root can give a directory away: " + e);
        }
        assertThrows(SandboxException.class, () -> LauncherBinary.fromCache(kernel, program, directory, 3));
        assertEquals(List.of(), kernel.paths);
    }

    @Test
    void anUnusableDirectoryIsSaid() {
        SandboxException e = assertThrows(
                SandboxException.class, () -> LauncherBinary.fromCache(kernel, program, Path.of("/proc/nope"), 3));
        assertTrue(e.remedy().contains("-Dsandjar.dir"), e.getMessage());
    }

    @Test
    void theCacheIsWhereTheUsersCachesAre() {
        assertEquals(Path.of("/x/cache"), UserCache.directory("/x/cache", "/home/u"));
        assertEquals(Path.of("/home/u/.cache"), UserCache.directory(null, "/home/u"));
        assertEquals(Path.of("/home/u/.cache"), UserCache.directory("relative", "/home/u"));
    }
}
