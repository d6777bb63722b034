package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.host.AppArmor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
    @TempDir
    Path root = Path.of("/");

    private final List<String> parsed = new ArrayList<>();

    @BeforeEach
    void profiles() throws IOException {
        Files.createDirectories(root.resolve("etc/apparmor.d"));
    }

    private Installation installation() {
        return new Installation(root, (option, profile) -> parsed.add(option + " " + root.relativize(profile)));
    }

    private Path launcher() {
        return root.resolve(AppArmor.INSTALLED.substring(1));
    }

    @Test
    void whatIsInstalledIsTakenAwayAgain() throws Exception {
        Installation installation = installation();
        String said = String.join("\n", installation.installSteps());
        assertTrue(said.contains(launcher().toString()) && said.contains("userns,"), said);
        assertFalse(Files.exists(launcher()));
        installation.install();
        installation.install(); // again, over what is there
        assertArrayEquals(LauncherResource.load().bytes(), Files.readAllBytes(launcher()));
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(launcher())));
        Path profile = root.resolve("etc/apparmor.d/sandjar-launcher");
        assertEquals(AppArmor.profile(AppArmor.INSTALLED), Files.readString(profile));
        assertEquals(3, installation.undoSteps().size());
        installation.undo();
        assertFalse(Files.exists(launcher().getParent()));
        assertFalse(Files.exists(profile));
        assertEquals(
                List.of(
                        "-r etc/apparmor.d/sandjar-launcher",
                        "-r etc/apparmor.d/sandjar-launcher",
                        "-R etc/apparmor.d/sandjar-launcher"),
                parsed);
        assertEquals(1, installation.undoSteps().size());
        installation.undo();
    }

    @Test
    void whatIsNotOursStays() throws Exception {
        Installation installation = installation();
        installation.install();
        Path other = Files.createFile(launcher().resolveSibling("other"));
        installation.undo();
        assertTrue(Files.exists(other));
    }

    /** Without a directory for profiles nothing is half done: the failure is told. */
    @Test
    void whatFailsIsTold() throws Exception {
        Files.delete(root.resolve("etc/apparmor.d"));
        assertThrows(IOException.class, () -> installation().install());
    }

    /** A launcher that others could have put there, or of another version, is not found by itself. */
    @Test
    void onlyTheSameIsFoundAndOnlyInSafePlaces() throws Exception {
        Path safe = Path.of("/usr/bin/true").toRealPath();
        byte[] program = Files.readAllBytes(safe);
        assertEquals(Optional.of(safe), InstalledLauncher.at(safe, program, 0));
        assertEquals(Optional.empty(), InstalledLauncher.at(safe, new byte[] {1}, 0));
        assertEquals(Optional.empty(), InstalledLauncher.at(safe.resolveSibling("nothing-there"), program, 0));
        // Everybody may write to a directory above.
        Path open = Files.write(root.resolve("copy"), program);
        assertEquals(Optional.empty(), InstalledLauncher.at(open, program, 0));
    }
}
