package dev.sandjar.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.IdMapping;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs write to layered roots, and what of it gets out. */
@KernelTest
@NeedsHost(Feature.USERNS)
class ChangeSetIT {
    @TempDir
    Path directory;

    private Path lower;

    @BeforeEach
    void tree() throws Exception {
        lower = Files.createDirectories(directory.resolve("lower"));
        Files.createDirectories(lower.resolve("data/deep/er"));
        Files.writeString(lower.resolve("data/one"), "one");
        Files.writeString(lower.resolve("data/two"), "two");
        Files.writeString(lower.resolve("data/same"), "same");
        Files.writeString(lower.resolve("data/big"), "to be moved");
        Files.writeString(lower.resolve("data/deep/file"), "deep");
        Files.writeString(lower.resolve("data/deep/er/file"), "deeper");
        HostProgram.sh("chmod -R go+rX " + directory);
    }

    @AfterEach
    void leaveNothing() {
        HostProgram.run("sh", "-c", "chmod -R u+rwx " + directory);
    }

    private SandboxBuilder stacked() {
        return Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.overlay(lower).captureChanges())
                .workingDirectory("/data");
    }

    private static List<String> lines(ChangeSet changes) {
        return changes.all().stream()
                .map(c -> c.kind() + " " + c.type() + " " + Integer.toOctalString(c.mode()) + " " + c.path())
                .toList();
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void everyKindOfChangeOfAnOverlayIsTold() throws Exception {
        String script =
                "echo new >new; echo changed >one; rm two; cat same >/dev/null; touch same; chmod 600 same; mv big moved;"
                        + "rm -r deep; mkdir deep; echo x >deep/fresh; ln -s one link; echo gone >gone; rm gone; mkfifo pipe";
        try (ChangeSet changes =
                stacked().build().run("sh", "-ec", script).orThrow().changes().orElseThrow()) {
            assertEquals(
                    List.of(
                                    "DELETED FILE 644 /data/big",
                                    "CREATED FILE 644 /data/deep/fresh",
                                    "DELETED DIRECTORY 755 /data/deep/er",
                                    "DELETED FILE 644 /data/deep/er/file",
                                    "DELETED FILE 644 /data/deep/file",
                                    "CREATED SYMLINK 777 /data/link",
                                    "CREATED FILE 644 /data/moved",
                                    "CREATED FILE 644 /data/new",
                                    "MODIFIED FILE 644 /data/one",
                                    "CREATED FIFO 644 /data/pipe",
                                    "MODIFIED FILE 600 /data/same",
                                    "DELETED FILE 644 /data/two")
                            .stream()
                            .sorted(java.util.Comparator.comparing(l -> l.substring(l.indexOf('/'))))
                            .toList(),
                    lines(changes));
            assertEquals(Map.of("/data/big", "/data/moved"), changes.renames());
            assertEquals("changed\n", changes.text("/data/one"));
            assertTrue(changes.find("/data/one").orElseThrow().contentChanged());
            assertFalse(changes.find("/data/same").orElseThrow().contentChanged());
            assertEquals("one", changes.find("/data/link").orElseThrow().target());
            assertThrows(IllegalArgumentException.class, () -> changes.content("/data/two"));
        }
        assertEquals("one", Files.readString(lower.resolve("data/one")));
    }

    @Test
    void aProgramThatWritesNothingChangesNothing() throws Exception {
        Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();
        try (ChangeSet changes = sandbox.run("sh", "-c", "cat /etc/passwd; echo x >/tmp/x; touch /etc/hosts")
                .orThrow()
                .changes()
                .orElseThrow()) {
            assertEquals("", changes.manifest());
            assertTrue(changes.isEmpty());
        }
    }

    @Test
    void whatTheSetUpPlacedIsToldWhenItIsChanged() throws Exception {
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .file("/in/file", "in")
                .symlink("/in/link", "file")
                .build();
        String script = "rm /in/file /in/link; rmdir /in; echo x >/etc/hosts; chmod 711 /work /";
        try (ChangeSet changes =
                sandbox.run("sh", "-ec", script).orThrow().changes().orElseThrow()) {
            assertEquals(
                    List.of(
                            "MODIFIED DIRECTORY 711 /",
                            "MODIFIED FILE 644 /etc/hosts",
                            "DELETED DIRECTORY 755 /in",
                            "DELETED FILE 644 /in/file",
                            "DELETED SYMLINK 777 /in/link",
                            "MODIFIED DIRECTORY 711 /work"),
                    lines(changes));
        }
    }

    @Test
    void capturedChangesGoWithTheProcessOrWithTheSet() throws Exception {
        Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();
        Path upper;
        try (SandboxProcess process = sandbox.start("sh", "-c", "cat >x")) {
            assertThrows(IllegalStateException.class, process::changes, "it has not ended");
            process.getOutputStream().close();
            process.waitForReport();
            upper = process.upperDirectory().orElseThrow();
            assertTrue(Files.exists(upper));
        }
        assertFalse(Files.exists(upper));
        ChangeSet changes;
        try (SandboxProcess process = sandbox.start("sh", "-c", "echo x >x")) {
            process.waitForReport();
            upper = process.upperDirectory().orElseThrow();
            changes = process.changes();
        }
        assertEquals("x\n", changes.text("/work/x"));
        changes.close();
        assertFalse(Files.exists(upper));
        assertThrows(IllegalStateException.class, () -> changes.text("/work/x"));
        assertEquals(1, changes.created().size());
    }

    @Test
    void aRootThatKeepsNothingHasNoChanges() throws Exception {
        try (SandboxProcess process = Sandbox.untrusted().build().start("true")) {
            process.waitForReport();
            assertThrows(IllegalStateException.class, process::changes);
        }
        assertTrue(Sandbox.untrusted().build().run("true").changes().isEmpty());
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void keptChangesStayUntilTheyAreDiscarded() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox =
                stacked().rootfs(RootFs.overlay(lower).keepChanges(kept)).build();
        ChangeSet changes = sandbox.run("sh", "-c", "echo x >one; rm two")
                .orThrow()
                .changes()
                .orElseThrow();
        changes.close();
        assertEquals("x", HostProgram.sh("cat " + kept + "/*/upper/data/one"));
        changes.discard();
        assertEquals("", HostProgram.sh("ls -A " + kept), "nor its work directory");
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void whatIsCommittedIsWhatTheProgramSaw() throws Exception {
        Path copy = directory.resolve("copy");
        HostProgram.sh("cp -a " + lower + " " + copy);
        String script =
                "echo new >new; chmod 750 new; echo changed >one; rm two; mv big moved; rm -r deep; mkdir -p deep/a/b;"
                        + "echo x >deep/a/b/c; chmod 500 deep/a; ln -s ../one deep/link; rm same; mkdir same; echo y >same/y;";
        String list =
                "cd /data && find . | sort | while read f; do stat -c '%n %f %N' \"$f\"; test -f \"$f\" && cat \"$f\"; done; true";
        var result = stacked().build().run("sh", "-ec", script + list);
        try (ChangeSet changes = result.orThrow().changes().orElseThrow()) {
            changes.commit(copy);
        }
        assertEquals(
                result.stdout(),
                HostProgram.run("sh", "-c", list.replace("/data", copy + "/data"))
                        .out());
        HostProgram.sh("chmod -R u+rwx " + copy);
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void theArchiveIsALayer() throws Exception {
        String script =
                "echo new >new; rm two; rm -r deep; ln -s one link; name=$(printf 'n%0150d' 7); mkdir $name; echo long >$name/$name";
        Path tar = directory.resolve("layer.tar");
        for (int i = 0; i < 2; i++) {
            try (ChangeSet changes = stacked()
                            .build()
                            .run("sh", "-ec", script)
                            .orThrow()
                            .changes()
                            .orElseThrow();
                    OutputStream out = Files.newOutputStream(directory.resolve("layer" + i + ".tar"))) {
                changes.exportTar(out);
            }
        }
        assertEquals(-1, Files.mismatch(directory.resolve("layer0.tar"), directory.resolve("layer1.tar")));
        Files.move(directory.resolve("layer0.tar"), tar);
        String name = String.format("n%0150d", 7);
        assertEquals(
                "data/.wh.deep data/.wh.two data/link data/" + name + "/ data/" + name + "/" + name + " data/new",
                HostProgram.sh("echo $(tar tf " + tar + " | sort)"));
        assertEquals("long", HostProgram.sh("tar xOf " + tar + " data/" + name + "/" + name));
    }

    /** Each is harmless in a reader that follows no link, and writes or reads outside in one that does. */
    @Test
    void hostileLayersLeadNowhere() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        Path target = Files.createDirectory(directory.resolve("target"));
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.createSymbolicLink(target.resolve("sub"), outside);
        Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();

        String link = "ln -s " + secret + " link; ln -s " + outside + " out";
        try (ChangeSet changes =
                sandbox.run("sh", "-ec", link).orThrow().changes().orElseThrow()) {
            assertThrows(IllegalArgumentException.class, () -> changes.content("/work/link"));
            assertThrows(IllegalArgumentException.class, () -> changes.content("/work/out/x"));
            assertThrows(SandboxException.class, () -> changes.commit(target));
        }
        for (String climbing : List.of("../../x", "a/../../..", "/etc", "../work/../../x")) {
            try (ChangeSet changes = sandbox.run("ln", "-s", climbing, "link")
                    .orThrow()
                    .changes()
                    .orElseThrow()) {
                assertThrows(SandboxException.class, () -> changes.commit(target), climbing);
            }
        }
        String through = "mkdir /sub; echo evil >/sub/evil";
        try (ChangeSet changes =
                sandbox.run("sh", "-ec", through).orThrow().changes().orElseThrow()) {
            changes.commit(target); // the link of the target is replaced, not followed
        }
        try (ChangeSet changes = sandbox.toBuilder()
                .mounts(m -> m.directory("/kept", 0755))
                .build()
                .run("sh", "-ec", "echo evil >/kept/evil")
                .orThrow()
                .changes()
                .orElseThrow()) {
            Files.createSymbolicLink(target.resolve("kept"), outside);
            assertThrows(SandboxException.class, () -> changes.commit(target));
        }
        try (Stream<Path> entries = Files.list(outside)) {
            assertEquals(0, entries.count());
        }
        assertTrue(Files.isDirectory(target.resolve("sub"), LinkOption.NOFOLLOW_LINKS));
        assertEquals("evil\n", Files.readString(target.resolve("sub/evil")));
        Files.delete(target.resolve("kept"));
    }

    @Test
    void setUserIdBitsAreNotCommitted() throws Exception {
        Path target = Files.createDirectory(directory.resolve("target"));
        try (ChangeSet changes = Sandbox.hermetic()
                .hostPrograms()
                .seccomp(SeccompProfile.none())
                .build()
                .run("sh", "-ec", "echo x >x; chmod 6755 x")
                .orThrow()
                .changes()
                .orElseThrow()) {
            assertEquals(06755, changes.find("/work/x").orElseThrow().mode());
            changes.commit(target);
        }
        assertEquals("755", HostProgram.sh("stat -c %a " + target.resolve("work/x")));
    }

    @Test
    void whatIsTooMuchIsRefusedAndRemoved() throws Exception {
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .process(p -> p.rlimit(dev.sandjar.Rlimit.FSIZE, -1))
                .build();
        for (String script : List.of(
                "truncate -s 1T big",
                "i=0; while [ $i -lt 260 ]; do mkdir d && cd d || exit 0; i=$((i+1)); done",
                "mkdir x; chmod 0 x; mkdir -p a/b; chmod 0 a/b; chmod 0 a; truncate -s 2G y")) {
            Path upper;
            try (SandboxProcess process = sandbox.start("sh", "-c", script)) {
                process.waitForReport();
                upper = process.upperDirectory().orElseThrow();
                SandboxException e = assertThrows(SandboxException.class, process::changes, script);
                assertTrue(e.getMessage().contains("more than"), e.getMessage());
            }
            assertFalse(Files.exists(upper.getParent().getParent()), script);
        }
    }

    @Test
    void unreadableFilesAreReadAndStayUnreadable() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .rootfs(RootFs.empty().keepChanges(kept))
                .build();
        String script = "mkdir d; echo x >d/f; chmod 0 d/f d";
        try (ChangeSet changes =
                sandbox.run("sh", "-ec", script).orThrow().changes().orElseThrow()) {
            assertEquals("x\n", changes.text("/work/d/f"));
            assertEquals(0, changes.find("/work/d").orElseThrow().mode());
            assertEquals("0", HostProgram.sh("stat -c %a " + kept + "/*/upper/work/d"));
            changes.discard();
        }
        assertEquals("", HostProgram.sh("ls -A " + kept));
    }

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.ID_RANGE})
    void filesOfSubordinateIdsAreReadAndRemoved() throws Exception {
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .userNamespace(IdMapping.range(65536))
                .user(0, 0)
                .keepCapabilities(Capability.CHOWN, Capability.DAC_OVERRIDE, Capability.FOWNER)
                .build();
        Path scratch;
        String script = "umask 077; echo 7 >id; mkdir -p d/e; echo x >d/e/f; ln -s f d/e/l;"
                + "chmod 0 d/e/f d/e d; chown -hR 7:8 d id";
        try (SandboxProcess process = sandbox.start("sh", "-ec", script)) {
            assertEquals(0, process.waitForReport().exitCode().getAsInt());
            scratch = process.upperDirectory().orElseThrow().getParent().getParent();
            try (ChangeSet changes = process.changes()) {
                assertEquals("7\n", changes.text("/work/id"));
                assertEquals("x\n", changes.text("/work/d/e/f"));
                assertEquals(0, changes.find("/work/d").orElseThrow().mode());
                assertEquals("f", changes.find("/work/d/e/l").orElseThrow().target());
                // Somebody else's, whom this process can't become: the file is not readable without more.
                Path id = process.upperDirectory().orElseThrow().resolve("work/id");
                assertThrows(IOException.class, () -> Files.readString(id));
            }
        }
        assertFalse(Files.exists(scratch));
    }

    @Test
    void anotherUserCantLookIn() throws Exception {
        try (SandboxProcess process = Sandbox.hermetic().hostPrograms().build().start("sleep", "60")) {
            Path scratch = process.upperDirectory().orElseThrow().getParent().getParent();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(scratch)));
        }
    }

    @Test
    void namesThatAreNoTextSurvive() throws Exception {
        try (ChangeSet changes = Sandbox.hermetic()
                .hostPrograms()
                .build()
                .run("sh", "-ec", "echo x >\"$(printf 'a\\377\\nb')\"")
                .orThrow()
                .changes()
                .orElseThrow()) {
            Change change = changes.created().get(0);
            assertEquals("/work/a\udcff\nb", change.path());
            assertEquals("x\n", changes.text(change.path()));
            assertFalse(change.toString().contains("\n"));
        }
    }
}
