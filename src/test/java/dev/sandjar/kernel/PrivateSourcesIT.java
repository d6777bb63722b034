package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.IdMapping;
import dev.sandjar.MountOption;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxPool;
import dev.sandjar.seccomp.SeccompProfile;
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

/** Directories and files that only the caller may enter, as all are that Java makes for the time being. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PrivateSourcesIT {
    private Path source;

    @BeforeEach
    void make() throws Exception {
        source = Files.createTempDirectory("sandjar-private");
        Files.writeString(source.resolve("file"), "content");
        Files.writeString(source.resolve("script"), "#!/bin/sh\necho ran\n");
        HostProgram.sh("chmod 700 " + source + "/script; chmod 600 " + source + "/file");
        assertEquals("700", HostProgram.sh("stat -c %a " + source));
    }

    @AfterEach
    void remove() {
        HostProgram.sh("rm -rf " + source);
    }

    private static Entry bind(Sandbox sandbox, String target) throws Exception {
        return sandbox.explain().entries().stream()
                .filter(entry ->
                        entry.request().startsWith("bind ") && entry.request().endsWith(" on " + target))
                .findFirst()
                .orElseThrow();
    }

    private static String refusal(Sandbox sandbox, Command command) {
        return assertThrows(SandboxException.class, () -> sandbox.run(command)).getMessage();
    }

    private void assertClosed(Sandbox sandbox, String... words) throws Exception {
        assertClosedBut(sandbox, "MountOption.IDMAPPED", words);
    }

    private void assertClosedBut(Sandbox sandbox, String remedy, String... words) throws Exception {
        Entry entry = bind(sandbox, "/x");
        assertEquals(Outcome.UNREACHABLE, entry.outcome());
        String message = refusal(sandbox, Command.of("/x/script"));
        assertTrue(message.contains("\"/x\"") && message.contains("0700"), message);
        assertFalse(message.contains("chmod +x"), message);
        for (String word : words) {
            assertTrue(entry.reason().contains(word), entry.reason());
            assertTrue(message.contains(word), message);
        }
        assertTrue(message.contains(remedy), message);
        assertTrue(entry.reason().contains(remedy), entry.reason());
        String directory = refusal(sandbox, Command.of("true").directory("/x"));
        assertTrue(directory.contains("\"/x\"") && directory.contains(remedy), directory);
        assertNotEquals(0, sandbox.run("cat", "/x/file").exitValue());
    }

    @Test
    void theCallersOwnCanBeReadAndNotBeChanged() throws Exception {
        Path file = Files.createTempFile("sandjar-private", ".conf");
        try {
            Files.writeString(file, "settings");
            Sandbox sandbox = Sandbox.untrusted()
                    .bindReadOnly(source, "/x")
                    .bindReadOnly(file, "/settings")
                    .build();
            assertEquals(Outcome.ENFORCED, bind(sandbox, "/x").outcome());
            assertEquals("contentsettings", Guest.sh(sandbox, "cat /x/file /settings"));
            assertEquals("ran", sandbox.run("/x/script").stdout().strip());
            assertEquals(
                    "ran",
                    sandbox.run(Command.of("./script").directory("/x")).stdout().strip());
            RunResult change = Guest.trySh(
                    sandbox, "echo x > /x/file; touch /x/new; chmod 777 /x /x/file; rm /x/file; echo x > /settings");
            assertNotEquals(0, change.exitValue());
            assertEquals("content", Files.readString(source.resolve("file")));
            assertEquals("settings", Files.readString(file));
            assertEquals("600 700", HostProgram.sh("cd " + source + "; echo $(stat -c %a file .)"));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void partsOfItCanBeHidden() throws Exception {
        HostProgram.sh("cd " + source + "; mkdir -m 700 inner; echo secret > inner/secret; chmod 600 inner/secret");
        SandboxBuilder builder = Sandbox.untrusted().bindReadOnly(source, "/x");
        String look = "cat /x/inner/secret /x/file 2>/dev/null; true";
        assertEquals("secret\ncontent", Guest.sh(builder.build(), look));
        assertEquals(
                "", Guest.sh(builder.mounts(m -> m.mask("/x/inner", "/x/file")).build(), look));
        Sandbox alone = Sandbox.untrusted()
                .userNamespace(IdMapping.alone())
                .bindReadOnly(source, "/x")
                .mounts(m -> m.mask("/x/inner"))
                .build();
        assertEquals("content", Guest.sh(alone, look));
    }

    /** The group of the directory is root's too: it would open what others have there. */
    @Test
    @NeedsHost({Feature.ROOT, Feature.PYTHON})
    void whatOthersOwnThereStaysClosed() throws Exception {
        HostProgram.sh(
                "cd " + source + "; for m in 600 640 660; do echo secret > $m; chmod $m $m; chown 1234:0 $m; done;"
                        + " echo secret > theirs; chmod 640 theirs; chown 1234:1234 theirs");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        String look = "cat /x/600 /x/640 /x/660 /x/theirs";
        assertEquals("", Guest.trySh(sandbox, look).stdout());
        Sandbox groups = sandbox.toBuilder()
                .user(1000, 65534, 65533, 5)
                .keepCapabilities(Capability.SETGID, Capability.SETUID)
                .seccomp(SeccompProfile.none())
                .build();
        assertEquals("", Guest.trySh(groups, look).stdout());
        assertEquals(
                "content",
                Guest.python(
                        groups,
                        """
                        import os
                        for gid in (0, 65532, 65534):
                            os.setgroups([gid])
                            os.setgid(gid)
                            for name in ('600', '640', '660', 'theirs'):
                                try:
                                    print(open('/x/' + name).read())
                                except PermissionError:
                                    pass
                        print(open('/x/file').read())
                        """));
        assertEquals("content", Guest.sh(sandbox, "cat /x/file"));
        Sandbox all = Sandbox.untrusted()
                .bindReadOnly(source, "/x", MountOption.IDMAPPED_ROOT)
                .build();
        assertEquals(
                "secret\nsecret", Guest.trySh(all, "cat /x/640 /x/660").stdout().strip());
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void nothingElseIsMappedUnasked() throws Exception {
        assertClosed(Sandbox.untrusted().bind(source, "/x").build(), "bound for writing", "IDMAPPED_ROOT");
        assertClosed(
                Sandbox.untrusted().bindReadOnly(source, "/x", MountOption.DEV).build(), "devices");
        assertClosed(
                Sandbox.untrusted().bindReadOnly(source, "/x", MountOption.SUID).build(), "set-user-ID");
        HostProgram.sh("chown 1234 " + source);
        assertClosed(Sandbox.untrusted().bindReadOnly(source, "/x").build(), "belongs to 1234:0");
        Sandbox named = Sandbox.untrusted()
                .bindReadOnly(source, "/x", MountOption.IDMAPPED)
                .build();
        assertEquals("file\nscript", Guest.sh(named, "ls /x"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void aProgramThatIsBoundAloneSaysTheSame() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(source.resolve("script"), "/script", MountOption.SUID)
                .build();
        String reason = bind(sandbox, "/script").reason();
        String message = refusal(sandbox, Command.of("/script"));
        for (String words : List.of("may not read", "set-user-ID programs or devices were to count there")) {
            assertTrue(reason.contains(words), reason);
            assertTrue(message.contains(words), message);
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void whatSomebodyElseMayHavePutThereIsNotMapped() throws Exception {
        Path inner = source.resolve("jobs/one");
        HostProgram.sh("mkdir -p -m 777 " + source + "/jobs; mkdir -m 700 " + inner + "; cp " + source + "/script "
                + inner + "; cp " + source + "/file " + inner + "; chmod 755 " + source);
        HostProgram.sh("chmod 777 " + source + "/jobs");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(inner, "/x").build();
        assertClosed(sandbox, "somebody else", "others may write to " + source + "/jobs", "move it");
        HostProgram.sh("chmod 755 " + source + "/jobs; chown 1234 " + source + "/jobs");
        assertClosed(
                Sandbox.untrusted().bindReadOnly(inner, "/x").build(),
                "user 1234, whose directory " + source + "/jobs is");
        HostProgram.sh("chown 0 " + source + "/jobs");
        HostProgram.sh("chmod 1777 " + source + "/jobs");
        assertEquals(
                "content",
                Guest.sh(Sandbox.untrusted().bindReadOnly(inner, "/x").build(), "cat /x/file"));
        HostProgram.sh("chmod 755 " + source + "/jobs");
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void whatASandboxCouldWriteToIsNotMapped() throws Exception {
        Path jobs = source.resolve("jobs");
        Path inner = jobs.resolve("one");
        HostProgram.sh("chmod 755 " + source + "; mkdir -p -m 755 " + jobs + "; mkdir -m 700 " + inner + "; cp "
                + source + "/script " + source + "/file " + inner);
        Sandbox above = Sandbox.untrusted().bindReadOnly(inner, "/x").build();
        assertEquals("content", Guest.sh(above, "cat /x/file"));
        Guest.sh(Sandbox.untrusted().bind(jobs, "/jobs").build(), "true");
        assertLent(Sandbox.untrusted().bindReadOnly(inner, "/x").build(), jobs);

        Path itself = Files.createDirectory(source.resolve("itself"));
        HostProgram.sh("chmod 700 " + itself + "; cp " + source + "/script " + source + "/file " + itself);
        Guest.sh(
                Sandbox.untrusted()
                        .bind(itself, "/x", MountOption.IDMAPPED_ROOT)
                        .build(),
                "echo more >> /x/file");
        assertLent(Sandbox.untrusted().bindReadOnly(itself, "/x").build(), itself);
        Sandbox again = Sandbox.untrusted()
                .bindReadOnly(itself, "/x", MountOption.IDMAPPED_ROOT)
                .build();
        assertEquals("contentmore", Guest.sh(again, "cat /x/file"));
        HostProgram.sh("cp -a " + itself + " " + source + "/copy");
        Sandbox copy =
                Sandbox.untrusted().bindReadOnly(source.resolve("copy"), "/x").build();
        assertEquals("contentmore", Guest.sh(copy, "cat /x/file"));
    }

    /** A plan is made once, and serves all starts of its sandbox: also those after a guest has been where its sources lie. */
    @Test
    @NeedsHost(Feature.ROOT)
    void whatASandboxCouldWriteToSinceThenIsNotMapped() throws Exception {
        Path jobs = source.resolve("jobs");
        Path inner = jobs.resolve("one");
        HostProgram.sh("chmod 755 " + source + "; mkdir -p -m 755 " + jobs + "; mkdir -m 700 " + inner + "; cp "
                + source + "/script " + source + "/file " + inner);
        Sandbox before = Sandbox.untrusted().bindReadOnly(inner, "/x").build();
        Sandbox elsewhere =
                Sandbox.untrusted().bindReadOnly(source.resolve("file"), "/x").build();
        assertEquals("content", Guest.sh(before, "cat /x/file"));
        assertEquals("content", Guest.sh(elsewhere, "cat /x"));
        try (SandboxPool pool = before.pool(2)) {
            assertEquals("content", pool.run("cat", "/x/file").orThrow().stdout());
            Guest.sh(Sandbox.untrusted().bind(jobs, "/jobs").build(), "true");
            assertNotEquals(0, pool.run("cat", "/x/file").exitValue(), "made before, and used since");
        }
        assertLent(before, jobs);
        assertEquals("content", Guest.sh(elsewhere, "cat /x"));
    }

    /** Its second start would find that a sandbox could write there: the first one is no other. */
    @Test
    @NeedsHost(Feature.ROOT)
    void whatTheSandboxItselfMayWriteToIsNotMapped() throws Exception {
        Path jobs = source.resolve("jobs");
        Path inner = jobs.resolve("one");
        HostProgram.sh("chmod 755 " + source + "; mkdir -p -m 755 " + jobs + "; mkdir -m 700 " + inner + "; cp "
                + source + "/script " + source + "/file " + inner);
        Sandbox after = Sandbox.untrusted()
                .bindReadOnly(inner, "/x")
                .bind(jobs, "/jobs")
                .build();
        Sandbox before = Sandbox.untrusted()
                .bind(jobs, "/jobs")
                .bindReadOnly(inner, "/x")
                .build();
        for (Sandbox sandbox : List.of(after, before)) {
            String reason = bind(sandbox, "/x").reason();
            assertTrue(reason.contains("this sandbox itself may write to " + jobs), reason);
            assertTrue(reason.contains("bind a copy that lies where no sandbox could write"), reason);
        }
        for (int i = 0; i < 2; i++) {
            assertClosed(after, " write to " + jobs, "bind a copy");
        }
        Sandbox asked = Sandbox.untrusted()
                .bindReadOnly(inner, "/x", MountOption.IDMAPPED_ROOT)
                .bind(jobs, "/jobs")
                .build();
        for (int i = 0; i < 2; i++) {
            assertEquals("content", Guest.sh(asked, "cat /x/file"));
        }
    }

    /** What is for everybody is not mapped, and so neither is what is private in it: nothing says that the bind is for that. */
    @Test
    @NeedsHost(Feature.ROOT)
    void aPartThatIsForEverybodyKeepsItsOwners() throws Exception {
        Path part = source.resolve("part");
        HostProgram.sh("cd " + source + "; mkdir -m 755 part; cp script part/all; chmod 755 part/all; cp file part/one;"
                + " chmod 600 part/one");
        Sandbox whole = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        assertEquals("content", Guest.sh(whole, "cat /x/part/one"));
        Sandbox some = Sandbox.untrusted().bindReadOnly(part, "/x").build();
        assertEquals("ran", Guest.sh(some, "/x/all"));
        assertNotEquals(0, some.run("cat", "/x/one").exitValue());
        Sandbox one = Sandbox.untrusted()
                .bindReadOnly(part, "/x")
                .bindReadOnly(part.resolve("one"), "/one")
                .build();
        assertEquals("content", Guest.sh(one, "cat /one"));
    }

    private void assertLent(Sandbox sandbox, Path lent) throws Exception {
        assertClosed(
                sandbox,
                "a sandbox of this JVM could write to " + lent + ", so that what lies there may be its work",
                "bind a copy that lies where no sandbox could write");
        assertFalse(bind(sandbox, "/x").reason().contains("somebody else"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void whatAGroupMayHavePutThereIsNotMapped() throws Exception {
        HostProgram.sh("chgrp 65534 " + source + "; chmod 770 " + source);
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        assertTrue(bind(sandbox, "/x").reason().contains("its group"));
        assertEquals("", Guest.trySh(sandbox, "cat /x/file").stdout());
        HostProgram.sh("chmod 750 " + source);
        assertEquals(
                "content",
                Guest.sh(Sandbox.untrusted().bindReadOnly(source, "/x").build(), "cat /x/file"));
    }

    /** The directory is looked at once, and opened at each start. */
    @Test
    @NeedsHost(Feature.ROOT)
    void whatIsMountedBelowItLaterIsNotShown() throws Exception {
        HostProgram.sh("mkdir -m 700 " + source + "/below");
        for (boolean template : new boolean[] {true, false}) {
            Sandbox sandbox = Sandbox.untrusted()
                    .template(template)
                    .bindReadOnly(source, "/x")
                    .build();
            assertEquals("content", Guest.sh(sandbox, "cat /x/file"));
            HostProgram.sh("mount -t tmpfs -o mode=700 none " + source + "/below; echo secret > " + source
                    + "/below/s; chmod 600 " + source + "/below/s");
            try {
                assertEquals("", Guest.trySh(sandbox, "cat /x/below/s").stdout());
                assertEquals("content", Guest.sh(sandbox, "cat /x/file"));
            } finally {
                HostProgram.sh("umount -l " + source + "/below");
            }
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void filesOfTheSystemAreNotMapped() throws Exception {
        Path own = Path.of("/run/sandjar-private-" + ProcessHandle.current().pid());
        try {
            HostProgram.sh("cp -a " + source + " " + own);
            Sandbox sandbox = Sandbox.untrusted().bindReadOnly(own, "/x").build();
            assertClosedBut(sandbox, "bind a copy", "the system's own files");
            String reason = bind(sandbox, "/x").reason();
            assertFalse(reason.contains("chmod") || reason.contains("chown"), reason);
        } finally {
            HostProgram.sh("rm -rf " + own);
        }
    }

    /** A directory is the system's under whatever name it is mounted. */
    @Test
    @NeedsHost(Feature.ROOT)
    void filesOfTheSystemAreNotMappedUnderAnotherName() throws Exception {
        Path own = Path.of("/run/sandjar-private-" + ProcessHandle.current().pid());
        Path temporary =
                Path.of("/var/tmp/sandjar-private-" + ProcessHandle.current().pid());
        Path again = Files.createTempDirectory("sandjar-again");
        try {
            HostProgram.sh("chmod 755 " + again + "; cp -a " + source + " " + own + "; cp -a " + source + " "
                    + temporary + "; mount --rbind / " + again + "; mount --make-rslave " + again);
            Path other = again.resolve(own.toString().substring(1));
            assertEquals("content", Files.readString(other.resolve("file")), "it is the same");
            assertClosedBut(
                    Sandbox.untrusted().bindReadOnly(other, "/x").build(), "bind a copy", "the system's own files");
            Path open = again.resolve(temporary.toString().substring(1));
            assertEquals(
                    "content",
                    Guest.sh(Sandbox.untrusted().bindReadOnly(open, "/x").build(), "cat /x/file"),
                    "/var/tmp is everybody's");
        } finally {
            HostProgram.sh("umount -R -l " + again + "; rmdir " + again + "; rm -rf " + own + " " + temporary);
        }
    }

    /** Being its owner does not help. */
    @Test
    void aModeThatShutsOutTheOwnerIsSaid() throws Exception {
        Path file = source.resolve("file");
        for (String mode : List.of("0000", "0400", "0600")) {
            HostProgram.sh("chmod " + mode + " " + source);
            assertShut(Sandbox.untrusted().bindReadOnly(source, "/x").build(), "chmod u+rx", mode);
            Sandbox mapped = Sandbox.untrusted()
                    .bindReadOnly(source, "/x", MountOption.IDMAPPED_ROOT)
                    .build();
            assertShut(mapped, "chmod u+rx", mode);
        }
        HostProgram.sh("chmod 700 " + source + "; chmod 0200 " + file);
        assertShut(Sandbox.untrusted().bindReadOnly(file, "/x").build(), "chmod u+r", "0200");
        HostProgram.sh("chmod 100 " + source + "; chmod 400 " + file);
        Sandbox entered = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        assertEquals("content", Guest.sh(entered, "cat /x/file"));
        assertEquals(Outcome.ENFORCED, bind(entered, "/x").outcome());
        HostProgram.sh("chmod 700 " + source);
    }

    private void assertShut(Sandbox sandbox, String remedy, String mode) throws Exception {
        Entry entry = bind(sandbox, "/x");
        assertEquals(Outcome.UNREACHABLE, entry.outcome(), entry::reason);
        assertTrue(entry.reason().contains(remedy) && entry.reason().contains(mode), entry.reason());
        assertFalse(entry.reason().contains("IDMAPPED") || entry.reason().contains("chmod o"), entry.reason());
        String message = refusal(sandbox, Command.of("/x/script"));
        assertTrue(mode.equals("0200") || message.contains(remedy), message);
        assertNotEquals(0, sandbox.run("cat", "/x/file", "/x").exitValue());
    }

    /** ramfs has no idmapped mounts, as many file systems of older kernels have none. */
    @Test
    @NeedsHost(Feature.ROOT)
    void whereTheFileSystemCantTheErrorSaysSo() throws Exception {
        HostProgram.sh("cp -a " + source + " " + source + ".copy; mount -t ramfs -o mode=700 none " + source
                + "; cp -a " + source + ".copy/. " + source);
        try {
            assertClosed(Sandbox.untrusted().bindReadOnly(source, "/x").build(), "not possible there");
        } finally {
            HostProgram.sh("umount -l " + source + "; rm -rf " + source + ".copy");
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void whereTheKernelCantTheErrorSaysSo() throws Exception {
        System.setProperty("sandjar.classicMounts", "true");
        try {
            assertClosed(Sandbox.untrusted().bindReadOnly(source, "/x").build(), "not possible");
        } finally {
            System.clearProperty("sandjar.classicMounts");
            SandboxHost.probe(); // what was found out meanwhile is forgotten
        }
    }

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.ID_RANGE})
    void aPlainUsersRangeCantEnterItsDirectories() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .userNamespace(IdMapping.range(2000))
                .bindReadOnly(source, "/x")
                .build();
        assertClosed(sandbox, "not possible");
        Sandbox own = sandbox.toBuilder().user(0, 0).build();
        assertEquals("content", Guest.sh(own, "cat /x/file"));
        assertEquals(Outcome.ENFORCED, bind(own, "/x").outcome());
    }

    @Test
    void theFirstDirectoryThatIsClosedIsNamed() throws Exception {
        HostProgram.sh(
                "cd " + source + "; mkdir -p a/b/c; cp script a/b/c; chmod -R 755 a; chmod 000 a/b; chmod 755 .");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        String message = refusal(sandbox, Command.of("/x/a/b/c/script"));
        assertTrue(message.contains("\"/x/a/b\"") && message.contains(source + "/a/b"), message);
        String listed = refusal(sandbox, Command.of("script").env("PATH", "/nowhere:/x/a/b/c"));
        assertTrue(listed.contains("\"/x/a/b\""), listed);
        HostProgram.sh("chmod 755 " + source + "/a/b");
        assertEquals("ran", sandbox.run("/x/a/b/c/script").stdout().strip());
    }

    @Test
    void aProgramIsToldApartFromTheWayToIt() throws Exception {
        HostProgram.sh("cd " + source + "; cp script plain; chmod 644 plain; cp script shut; chmod 000 shut;"
                + " printf '#!/x/plain\\n' > odd; chmod 755 odd .");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        assertTrue(refusal(sandbox, Command.of("/x/plain")).contains("chmod +x"));
        assertTrue(refusal(sandbox, Command.of("/x/shut")).contains("chmod +x"));
        String odd = refusal(sandbox, Command.of("/x/odd"));
        assertTrue(odd.contains("interpreter") && !odd.contains("chmod"), odd);
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void aProgramThatOnlyRootMayExecuteNamesTheOptionForRoots() throws Exception {
        HostProgram.sh("chmod 755 " + source + "; chmod 744 " + source + "/script");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(source, "/x").build();
        String message = refusal(sandbox, Command.of("/x/script"));
        assertTrue(message.contains("MountOption.IDMAPPED_ROOT"), message);
        Sandbox mapped = Sandbox.untrusted()
                .bindReadOnly(source, "/x", MountOption.IDMAPPED_ROOT)
                .build();
        assertEquals("ran", mapped.run("/x/script").stdout().strip());
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void aPrivateRootIsNamed() throws Exception {
        HostProgram.sh("cd " + source
                + "; mkdir usr proc dev tmp; ln -s usr/bin bin; ln -s usr/lib lib; ln -s usr/lib64 lib64");
        Sandbox sandbox = Sandbox.untrusted()
                .rootfs(RootFs.directory(source))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .workingDirectory("/")
                .build();
        List<Entry> root = sandbox.explain().entries().stream()
                .filter(entry -> entry.request().startsWith("root file system"))
                .toList();
        assertEquals(Outcome.UNREACHABLE, root.get(0).outcome());
        String message = refusal(sandbox, Command.of("/usr/bin/true"));
        assertTrue(message.contains("directory \"/\"") && message.contains("chmod o+rx"), message);
        HostProgram.sh("chmod 755 " + source);
        assertEquals(0, sandbox.run("/usr/bin/true").exitValue());
    }
}
