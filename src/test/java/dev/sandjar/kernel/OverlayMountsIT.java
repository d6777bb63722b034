package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Mount;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of the host shown as one at a place in the root. */
@KernelTest
@NeedsHost(Feature.OVERLAY)
class OverlayMountsIT {
    @TempDir
    Path directory;

    private Path one;
    private Path two;
    private Path upper;
    private Path work;

    @BeforeEach
    void make() throws Exception {
        one = Files.createDirectory(directory.resolve("one:a,b"));
        two = Files.createDirectory(directory.resolve("two"));
        upper = Files.createDirectory(directory.resolve("upper"));
        work = Files.createDirectory(directory.resolve("work"));
        Files.writeString(one.resolve("a"), "one\n");
        Files.writeString(two.resolve("a"), "two\n");
        Files.writeString(two.resolve("b"), "two\n");
        HostProgram.sh("chmod -R go+rX \"$1\"", directory.toString());
    }

    /** The kernel's own directory in it has no permissions at all. */
    @AfterEach
    void unlock() {
        HostProgram.sh("rm -rf \"$1\"/work/work", directory.toString());
    }

    /** Whoever may do without has no ids of which nothing on the host is. */
    private static SandboxBuilder writing() {
        return HostProgram.sh("id -u; cat /proc/self/uid_map").matches("(?s)0\\s+0\\s+0\\s+4294967295\\s*")
                ? Sandbox.builder()
                        .mountNamespace()
                        .pidNamespace()
                        .rootfs(RootFs.hostReadOnly())
                        .workingDirectory("/")
                : builder();
    }

    private static SandboxBuilder builder() {
        return Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .workingDirectory("/");
    }

    private Mount both() {
        return Mount.overlay(List.of(one, two), "/mnt");
    }

    @Test
    void withoutAnUpperDirectoryItIsReadOnly() throws Exception {
        Sandbox sandbox = builder().mount(both()).build();
        assertEquals(
                "one two no overlay",
                Guest.sh(
                        sandbox,
                        "echo $(cat /mnt/a /mnt/b) $( (echo x >/mnt/x) 2>/dev/null || echo no) $(sed -n 's/.* - \\(.*\\) overlay .*/\\1/p' /proc/self/mountinfo)"));
        // The paths of the host are nobody's business inside.
        assertEquals("", Guest.sh(sandbox, "grep -F \"$1\" /proc/self/mountinfo || true", directory.toString()));
    }

    @Test
    void changesGoToTheUpperDirectory() throws Exception {
        Sandbox sandbox = writing()
                .mount(both().upper(upper, work).options("nosuid", "noexec", "noatime"))
                .build();
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    i == 0 ? "one" : "changed",
                    Guest.sh(sandbox, "cat /mnt/a && echo changed >/mnt/a && rm -f /mnt/b && mkdir -p /mnt/new/d"));
        }
        assertEquals("one\n", Files.readString(one.resolve("a")));
        assertEquals("two\n", Files.readString(two.resolve("b")));
        assertEquals("changed\n", Files.readString(upper.resolve("a")));
        assertTrue(Files.isDirectory(upper.resolve("new/d")));
        assertEquals(
                "character special file",
                HostProgram.sh("stat -c %F \"$1\"", upper.resolve("b").toString()));
        String options = Guest.sh(sandbox, "grep ' /mnt ' /proc/self/mountinfo | cut -d' ' -f6");
        assertTrue(options.contains("nosuid") && options.contains("noexec") && options.contains("noatime"), options);
        assertFalse(options.contains("nodev"), options);
    }

    @Test
    void readOnlyHoldsWithAnUpperDirectoryToo() throws Exception {
        Sandbox sandbox =
                builder().mount(both().upper(upper, work).options("ro")).build();
        assertEquals("one no", Guest.sh(sandbox, "echo $(cat /mnt/a) $( (echo x >/mnt/x) 2>/dev/null || echo no)"));
    }

    /** Else a program would find out itself that nothing can be written. */
    @Test
    @NeedsHost(Feature.ROOT)
    void anUpperDirectoryThatNobodyInsideCanWriteToIsRefused() throws Exception {
        Sandbox sandbox = builder().mount(both().upper(upper, work)).build();
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("/bin/true"));
        assertTrue(e.getMessage().contains("overlayfs can't write to the upper or the work directory"), e.getMessage());
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        Path none = directory.resolve("none");
        SandboxException e = assertThrows(SandboxException.class, () -> builder()
                .mount(Mount.overlay(List.of(one, none), "/mnt"))
                .build()
                .start("/bin/true"));
        assertTrue(e.getMessage().contains("ENOENT") && e.getMessage().contains(none.toString()), e.getMessage());
        Path file = two.resolve("b");
        SandboxException noDirectory = assertThrows(SandboxException.class, () -> builder()
                .mount(Mount.overlay(List.of(one, file), "/mnt"))
                .build()
                .start("/bin/true"));
        assertTrue(noDirectory.getMessage().contains(file.toString()), noDirectory.getMessage());
        assertTrue(noDirectory.getMessage().contains("it is not a directory"), noDirectory.getMessage());
        IllegalArgumentException alone = assertThrows(
                IllegalArgumentException.class, () -> builder().mount(Mount.overlay(List.of(one), "/mnt")));
        assertTrue(alone.getMessage().contains("one directory alone"), alone.getMessage());
    }
}
