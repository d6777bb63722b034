package dev.sandjar.speed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that are clones of a template: nobody can tell, but for the time that they take. */
@KernelTest
@NeedsHost(Feature.USERNS)
class TemplateIT {
    private static final Duration PATIENCE =
            Duration.ofSeconds(60); // a start takes seconds where processors are emulated
    /** Whatever a program can find out. How many signals wait for whom is chance, how many may is not. */
    private static final String LOOK =
            """
            id; cat /proc/self/status | grep -vE '^(Pid|NSpid|PPid|NStgid|NSpgid|NSsid|Tgid|Vm|Rss|voluntary|nonvol|HugetlbPages|Threads|x86|Mems|Cpus|Speculation|untag)' | sed 's#^SigQ:.*/#SigQ: #';
            sort -u /proc/mounts | sed 's/inode64//'; ls -lnA / /dev /dev/shm /tmp /etc | grep -v " proc$" | sed -E 's/[A-Z][a-z]{2} +[0-9]+ [0-9:]+//';
            set -- /proc/[0-9]*; echo $#; hostname; cat /proc/net/dev | wc -l; cat /proc/sys/user/max_user_namespaces;
            touch /usr/x /etc/x /x /dev/x; mount -t tmpfs none /tmp; umount /proc
            """;

    @TempDir
    Path directory;

    @BeforeEach
    void none() throws IOException {
        Launcher.get().trim();
        assertTrue(Await.within(PATIENCE, TemplateIT::isEmpty));
    }

    private static boolean isEmpty() {
        try {
            return Templates.all().isEmpty();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ExitReport cloned(Sandbox sandbox) throws Exception {
        assertTrue(
                Await.within(PATIENCE, () -> {
                    try {
                        return !rootWasMade(sandbox.run("true").report());
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                "no start is a clone of a template");
        return sandbox.run("true").report();
    }

    private static boolean rootWasMade(ExitReport report) {
        return report.steps().stream().anyMatch(step -> step.name().equals("pivot_root"));
    }

    @Test
    void aCloneIsWhatAWholeStartIs() throws Exception {
        SandboxBuilder builder = Sandbox.untrusted().namespaces(n -> n.hostname("same"));
        RunResult whole = builder.template(false).build().run("sh", "-c", LOOK);
        assertTrue(rootWasMade(whole.report()), whole.report()::toString);
        Sandbox sandbox = builder.template(true).build();
        cloned(sandbox);
        RunResult clone = sandbox.run("sh", "-c", LOOK);
        assertFalse(rootWasMade(clone.report()), clone.report()::toString);
        assertSame(owners(whole.stdout()), owners(clone.stdout()));
        assertSame(whole.stderr(), clone.stderr());
    }

    /** What is its owner's alone can't be that of every clone, where each has ids of its own. */
    @Test
    void whatIsItsOwnersAloneStaysThatInEachStart() throws Exception {
        String look = "cat /etc/key /private/key; ls -1 /private";
        Sandbox sandbox = Sandbox.untrusted()
                .user(0, 0)
                .file("/etc/key", "one\n".getBytes(UTF_8), 0600)
                .mounts(m -> m.directory("/private", 0700))
                .file("/private/key", "two\n")
                .build();
        assertEquals("one\ntwo\nkey\n", sandbox.run("sh", "-c", look).stdout());
        cloned(Sandbox.untrusted().user(0, 0).build()); // the control: by then there are templates
        for (int i = 0; i < 20; i++) {
            RunResult later = sandbox.run("sh", "-c", look);
            assertEquals("one\ntwo\nkey\n", later.stdout(), later.stderr());
        }
    }

    /** Names the lines that one has and the other has not: the texts are long. */
    private static void assertSame(String whole, String clone) {
        List<String> missing = new ArrayList<>(whole.lines().toList());
        List<String> more = new ArrayList<>();
        clone.lines().filter(line -> !missing.remove(line)).forEach(more::add);
        assertEquals(
                List.of(),
                Stream.concat(
                                missing.stream().map(line -> "only in a whole start: " + line),
                                more.stream().map(line -> "only in a clone: " + line))
                        .toList());
        assertEquals(whole, clone, "the order of the lines");
    }

    /** Where root makes it, what is shared belongs to root of the host, whom nobody is inside. */
    private static String owners(String text) {
        // The kernel's count of processes, as the links of /proc, decides how wide the columns are.
        return text.replaceAll(" +", " ")
                .replaceAll("(?m)^([-dlc][-rwxst]{9} +[0-9]+) +[0-9]+ +[0-9]+", "$1")
                .replaceAll("(?m)^(total).*", "$1")
                .replaceAll(",[ug]id=[0-9]+", "");
    }

    @Test
    void clonesShareNothingThatCanBeChanged() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        cloned(sandbox);
        String write =
                "for d in /tmp /dev/shm; do ls -A $d; echo x > $d/left || exit 1; done; readlink /proc/self/ns/*";
        List<String> first = Guest.sh(sandbox, write).lines().toList();
        List<String> second = Guest.sh(sandbox, write).lines().toList();
        assertEquals(first.size(), second.size(), second::toString);
        try (SandboxProcess one = sandbox.start("sh", "-c", "readlink /proc/self/ns/* /proc/self/ns/; echo end; cat");
                SandboxProcess other =
                        sandbox.start("sh", "-c", "readlink /proc/self/ns/* /proc/self/ns/; echo end; cat")) {
            List<String> ones = links(one);
            List<String> others = links(other);
            assertTrue(ones.size() >= 7, ones::toString);
            for (String link : ones) {
                boolean time = link.startsWith("time");
                assertTrue(time || !others.contains(link), () -> link + " is of both");
            }
            assertNotEquals(List.of(), others);
        }
    }

    private static List<String> links(SandboxProcess process) throws IOException {
        List<String> links = new ArrayList<>();
        String line = process.inputReader().readLine();
        while (!"end".equals(line)) {
            links.add(line);
            line = process.inputReader().readLine();
        }
        return links;
    }

    @Test
    void aFileThatWasReplacedIsTheNewOne() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "old");
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(file, "/file").build();
        cloned(sandbox);
        assertEquals("old", Guest.sh(sandbox, "cat /file"));
        Path next = Files.writeString(directory.resolve("next"), "new");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        assertEquals("new", Guest.sh(sandbox, "cat /file"));
        cloned(sandbox);
        assertEquals("new", Guest.sh(sandbox, "cat /file"));
    }

    @Test
    void withoutOneWhereItCouldNotBePrivate() throws Exception {
        Files.createDirectory(directory.resolve("in"));
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        for (SandboxBuilder builder : List.of(
                Sandbox.untrusted().template(false),
                Sandbox.untrusted().tmpfs("/work", DataSize.mebibytes(1)).bindReadOnly(directory, "/work/in"),
                Sandbox.untrusted().keepCapabilities(Capability.SYS_ADMIN))) {
            Sandbox sandbox = builder.warm(0).build();
            for (int i = 0; i < 4; i++) {
                assertTrue(rootWasMade(sandbox.run("true").report()));
            }
            assertTrue(isEmpty());
        }
    }

    @Test
    void aTemplateThatIsKilledIsMadeAgain() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().warm(0).build();
        for (int i = 0; i < 3; i++) {
            cloned(sandbox);
            Templates.all().forEach(ProcessHandle::destroyForcibly);
            assertTrue(Await.within(PATIENCE, TemplateIT::isEmpty));
            assertEquals(0, sandbox.run("true").exitValue());
        }
    }

    @Test
    void killingTemplatesMeanwhileLosesNoStartUntold() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        List<CompletableFuture<String>> ends = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ends.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return sandbox.run("echo", "on").stdout().strip();
                } catch (IOException e) {
                    return "told";
                } catch (InterruptedException e) {
                    return "interrupted";
                }
            }));
            if (i % 5 == 0) {
                Templates.all().forEach(ProcessHandle::destroyForcibly);
            }
        }
        for (CompletableFuture<String> end : ends) {
            String text = end.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
            assertTrue(text.equals("on") || text.equals("told"), text);
        }
    }

    @Test
    void aSandboxThatIsForgottenTakesItsTemplateAlong() throws Exception {
        cloned(Sandbox.untrusted().build());
        assertTrue(
                Await.within(PATIENCE, () -> {
                    System.gc();
                    return isEmpty();
                }),
                "it is still there");
    }
}
