package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.Limit;
import dev.sandjar.MountOption;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Set-user-ID and set-group-ID: whatever a program does with them on file systems of its own, and nothing that lends the rights of
 * somebody on the host there. The controls are the same programs without the filter.
 */
@KernelTest
@NeedsHost(Feature.USERNS)
class SetIdRefusalsIT {
    /** Tries each way to get these bits, and prints what modes came of it. */
    private static final String SET =
            "cd $1 && rm -rf s g d && cp /bin/true s && cp /bin/true g && mkdir d && chmod 755 d;"
                    + " chmod 4755 s; chmod 2755 g; chmod 2755 d; stat -c %a s g d | xargs";

    private static final String TOOLS =
            """
            set -e
            cd $1
            mkdir -p tree/deep && chmod 2775 tree tree/deep && touch tree/deep/file
            cp -a tree copy
            chmod 755 copy
            chmod g+s copy
            tar -cf tree.tar tree && mkdir unpacked && tar -C unpacked -xpf tree.tar
            umask 002
            stat -c %a copy/deep unpacked/tree | xargs
            """;

    @TempDir
    Path directory;

    private static boolean isRoot() throws Exception {
        return Feature.ROOT.isPresent();
    }

    private Path open(String name, String mode) throws Exception {
        for (Path above = directory; above != null && above.startsWith("/tmp/"); above = above.getParent()) {
            HostProgram.sh("find " + above + " -maxdepth 0 ! -perm -011 -exec chmod a+x {} +");
        }
        Path made = Files.createDirectory(directory.resolve(name));
        HostProgram.sh("chmod " + mode + " " + made);
        return made;
    }

    private static SandboxBuilder bound(Path path) throws Exception {
        return isRoot()
                ? Sandbox.untrusted().bind(path, "/shared", MountOption.IDMAPPED)
                : Sandbox.untrusted().bind(path, "/shared");
    }

    private static String modes(SandboxBuilder builder, String place) throws Exception {
        return Guest.trySh(builder.build(), SET, place).stdout().strip();
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void inMemoryOfItsOwnTheyHurtNobody() throws Exception {
        assertEquals("4755 2755 2755", modes(Sandbox.untrusted(), "/tmp"));
        assertEquals("4755 2755 2755", modes(Sandbox.untrusted(), "/dev/shm"));
        assertEquals("2775 2775", Guest.sh(Sandbox.untrusted().build(), TOOLS, "/tmp"));
        String own = Guest.sh(
                Sandbox.untrusted().build(),
                "python3 -I -c 'import os; os.close(os.open(\"/tmp/x\", os.O_CREAT | os.O_WRONLY, 0o6755));"
                        + " os.mknod(\"/tmp/y\", 0o102755); print(oct(os.stat(\"/tmp/x\").st_mode & 0o7777),"
                        + " oct(os.stat(\"/tmp/y\").st_mode & 0o7777))'");
        assertEquals("0o6755 0o2755", own);
    }

    /** A directory that its owner shares with a group: tools keep the bit on directories, and set-user-ID stays refused. */
    @Test
    void inASetGroupIdDirectoryToolsWork() throws Exception {
        Path shared = open("shared", "2775");
        if (isRoot()) {
            HostProgram.sh("chown 4321:4322 " + shared + "; chmod 2775 " + shared);
        }
        SandboxBuilder builder = bound(shared);
        assertEquals("2775 2775", Guest.sh(builder.build(), TOOLS, "/shared"));
        assertEquals("755 2755 2755", modes(builder, "/shared"));
        assertTrue(why(builder).contains("no set-user-ID; set-group-ID as the kernel lets it"), why(builder));
        String group = isRoot() ? "4322" : HostProgram.sh("id -g");
        assertEquals(group, HostProgram.sh("find " + shared + " -perm /2000 ! -type d -printf '%G\\n' | sort -u"));
        assertEquals("", HostProgram.sh("find " + shared + " -perm /4000"));
        assertEquals("4755 2755 2755", modes(builder.seccomp(SeccompProfile.none()), "/shared"));
    }

    @Test
    @NeedsHost(Feature.GIT)
    void gitSharesARepository() throws Exception {
        Path shared = open("repository", "2775");
        if (isRoot()) {
            HostProgram.sh("chown 4321:4322 " + shared + "; chmod 2775 " + shared);
        }
        String script =
                "cd /shared && git init -q --shared=all . && git config core.sharedRepository && stat -c %a .git/objects";
        assertEquals("2\n2775", Guest.sh(bound(shared).build(), script));
    }

    /** No other group than its own could be lent in a directory that does not say so. */
    @Test
    void inOtherDirectoriesOfTheHostNothingIsLent() throws Exception {
        Path shared = open("plain", "755");
        if (isRoot()) {
            HostProgram.sh("chown 4321:4322 " + shared);
        }
        SandboxBuilder builder = bound(shared);
        assertEquals("755 755 755", modes(builder, "/shared"));
        assertEquals("", HostProgram.sh("find " + shared + " -perm /6000"));
        assertTrue(why(builder).contains("which is not a set-group-ID directory"), why(builder));
        // What its group alone may execute lends its group nothing.
        assertEquals(
                "2770 2644",
                Guest.sh(builder.build(), "cd /shared; chmod 2770 d; chmod 2644 g; stat -c %a d g | xargs"));
        assertEquals("4755 2755 2755", modes(builder.seccomp(SeccompProfile.none()), "/shared"));
    }

    /** Where nobody but the owner passes, nobody is lent anything; unless the program itself could open the way. */
    @Test
    void behindAClosedDirectoryItIsTheOwnersAffair() throws Exception {
        Path closed = open("closed", "700");
        Path inner = Files.createDirectory(closed.resolve("inner"));
        HostProgram.sh("chmod 755 " + inner + (isRoot() ? "; chown 4321:4322 " + inner : ""));
        assertEquals("755 2755 2755", modes(bound(inner), "/shared"));
        if (!isRoot()) {
            assertEquals(
                    "755 755 755",
                    modes(Sandbox.untrusted().bind(inner, "/shared").bind(closed, "/closed"), "/shared"));
        }
    }

    /** Root's sandboxes have ids that are nobody's; and what they make in a directory of a group is not a program of that group's. */
    @Test
    @NeedsHost(Feature.ROOT)
    void theKernelDropsTheGroupOfOthers() throws Exception {
        Path shared = open("public", "2777");
        HostProgram.sh("chown 4321:4322 " + shared + "; chmod 2777 " + shared);
        SandboxBuilder builder = Sandbox.untrusted().bind(shared, "/shared");
        assertEquals("755 755 755", modes(builder, "/shared"));
        assertEquals("4322", HostProgram.sh("stat -c %g " + shared + "/g"));
        // The control: it is not the filter that drops it.
        assertEquals("4755 755 755", modes(builder.seccomp(SeccompProfile.none()), "/shared"));
        // To the program that is no failure.
        assertEquals(
                "0 0",
                Guest.sh(builder.build(), "cd /shared; mkdir e; chmod 2755 e; echo $?; : >f; chmod 2755 f; echo $?")
                        .replace('\n', ' '));
    }

    /** A file that is handed over is the host's, wherever else the program may do what it likes. */
    @Test
    @NeedsHost(Feature.PYTHON)
    void filesThatAreHandedOverLendNothing() throws Exception {
        Path file = open("given", "755").resolve("program");
        String script = "cat /bin/true >&3; chmod 4755 /proc/self/fd/3 2>/dev/null; python3 -I -c 'import os\n"
                + "for m in 0o4755, 0o2755:\n  try: os.fchmod(3, m)\n  except OSError as e: print(e.errno)\n'";
        Command command = Command.of("sh", "-c", script).descriptor("out", Descriptor.writeTo(file));
        for (Sandbox sandbox : new Sandbox[] {
            Sandbox.untrusted().build(), Sandbox.untrusted().template(false).build()
        }) {
            for (int i = 0; i < 3; i++) {
                Files.deleteIfExists(file);
                assertEquals("1\n1\n", sandbox.run(command).stdout());
                assertEquals("0", HostProgram.sh("find " + file + " -perm /6000 | wc -l"));
            }
            // The next start, which gets none, is free to do so.
            assertEquals("4755 2755 2755", Guest.sh(sandbox, SET + " 2>&1", "/tmp"));
            // Nor may one beside it, or one to which it passes the descriptor.
            try (SandboxProcess main = sandbox.start(Command.of("sh", "-c", "echo $$; exec sleep 1000")
                            .descriptor("out", Descriptor.writeTo(file)));
                    SandboxProcess beside = main.exec(Command.of(
                            "sh",
                            "-c",
                            "chmod 4755 /proc/$0/fd/3",
                            main.inputReader().readLine()))) {
                assertEquals(1, beside.waitFor());
                assertEquals("0", HostProgram.sh("find " + file + " -perm /6000 | wc -l"));
            }
            try (SandboxProcess main = sandbox.start("sleep", "1000")) {
                if (isRoot()) {
                    try (SandboxProcess beside = main.exec(command)) {
                        assertEquals(0, beside.waitFor());
                    }
                } else {
                    SandboxException e = assertThrows(SandboxException.class, () -> main.exec(command));
                    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
                }
                assertEquals("0", HostProgram.sh("find " + file + " -perm /6000 | wc -l"));
            }
        }
        if (!isRoot()) {
            RunResult open =
                    Sandbox.untrusted().seccomp(SeccompProfile.none()).build().run(command);
            assertEquals("", open.stdout());
            assertEquals("2755", HostProgram.sh("stat -c %a " + file));
        }
    }

    /** Standard output is a file of the host's itself where nothing limits it. */
    @Test
    @NeedsHost(Feature.PYTHON)
    void outputIsHandedOverToo() throws Exception {
        Path file = open("output", "755").resolve("program");
        Sandbox sandbox = Sandbox.untrusted().without(Limit.OUTPUT).build();
        String script = "cat /bin/true; python3 -I -c 'import os; os.fchmod(1, 0o6755)' 2>/dev/null";
        RunResult result =
                sandbox.run(Command.of("sh", "-c", script).stdout(ProcessBuilder.Redirect.to(file.toFile())));
        assertEquals(1, result.exitValue());
        assertEquals("", HostProgram.sh("find " + file + " -perm /6000"));
    }

    @Test
    @NeedsHost(Feature.OVERLAY)
    void whatIsKeptHasNoSetUserId() throws Exception {
        Sandbox sandbox = Sandbox.hermetic().hostPrograms().build();
        RunResult result = sandbox.run("sh", "-c", SET, "sh", "/work");
        assertEquals("755 2755 2755", result.stdout().strip(), result.stderr());
        try (ChangeSet changes = result.changes().orElseThrow()) {
            assertEquals(02755, changes.find("/work/g").orElseThrow().mode());
        }
    }

    private static String why(SandboxBuilder builder) throws Exception {
        return builder.build().explain().entries().stream()
                .filter(entry -> entry.request().equals("no files that lend rights on the host"))
                .map(AppliedPolicy.Entry::reason)
                .findFirst()
                .orElse("");
    }
}
