package dev.sandjar.life;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSession;
import dev.sandjar.SessionFiles;
import dev.sandjar.Verdict;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Refusals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** One sandbox for many commands, and its files as somebody outside reads and writes them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class SandboxSessionIT {
    private static final String SECRET = "of the host";

    @TempDir
    Path directory;

    private static SandboxSession session() throws IOException {
        return Sandbox.untrusted().build().session();
    }

    private static String sh(SandboxSession session, String script) throws Exception {
        return session.run("sh", "-c", script).orThrow().stdout();
    }

    @Test
    void whatOneCommandLeavesTheNextFinds() throws Exception {
        try (SandboxSession session = session()) {
            sh(session, "echo 1 > a; echo t > /tmp/t; sleep 1000 > /dev/null 2>&1 & echo $! > pid");
            assertEquals("1\nt\n/workspace\n", sh(session, "cat a /tmp/t; pwd; kill -0 $(cat pid)"));
            session.env(Map.of("A", "1", "B", "2"));
            session.directory("/tmp");
            assertEquals("1 2 /tmp\n", sh(session, "echo $A $B $(pwd)"));
            Command other =
                    Command.of("sh", "-c", "echo $A $B $(pwd)").env("B", "3").directory("/usr");
            assertEquals("1 3 /usr\n", session.run(other).orThrow().stdout());
            assertEquals(
                    "x", session.run(Command.of("cat").input("x")).orThrow().stdout());
            session.reset();
            assertEquals("/workspace\n", sh(session, "ls -A; ls /tmp; echo $A $(pwd)"));
            assertEquals(List.of(), session.files().list(""));
        }
    }

    @Test
    void programsRunBesideEachOther() throws Exception {
        try (SandboxSession session = session();
                SandboxProcess first = session.exec(Command.of("sh", "-c", "read x; echo $x > got"))) {
            sh(session, "true");
            first.outputWriter().append("line\n").close();
            assertEquals(0, first.waitFor());
            assertEquals("line\n", session.files().text("got"));
        }
    }

    @Test
    void filesGoInAndOut() throws Exception {
        try (SandboxSession session = session()) {
            SessionFiles files = session.files();
            files.write("in/deep/text", "from outside\n".getBytes(UTF_8));
            assertEquals("from outside\n", sh(session, "cat in/deep/text; echo more >> in/deep/text; echo o > in/own"));
            assertEquals("from outside\nmore\n", files.text("in/deep/text"));
            files.write("in/own", new byte[] {1, 2});
            assertArrayEquals(new byte[] {1, 2}, files.read("in/own"));
            assertEquals("2\n", sh(session, "wc -c < in/own; ln -s own in/link; mkfifo in/pipe; mkdir in/empty"));
            assertEquals(
                    List.of("deep DIRECTORY", "empty DIRECTORY", "link LINK", "own FILE", "pipe OTHER"),
                    files.list("in").stream()
                            .map(e -> e.name() + " " + e.type())
                            .toList());
            assertEquals(DataSize.bytes(2), files.find("in/own").orElseThrow().size());
            assertTrue(files.find("in/none").isEmpty());
            Path host = Files.writeString(directory.resolve("host"), "h");
            files.copyIn(host, "copied");
            assertEquals("h", sh(session, "cat copied"));
            files.copyOut("in/deep/text", directory.resolve("out"), DataSize.kibibytes(1));
            assertEquals("from outside\nmore\n", Files.readString(directory.resolve("out")));
            sh(session, "mkdir -p locked/in; chmod 0 locked");
            assertTrue(files.delete("locked"));
            assertTrue(files.delete("in"));
            assertFalse(files.delete("in"));
            assertEquals("copied\n", sh(session, "ls -A"));
            Refusals.refuses(() -> files.read("../x"), "..");
            Refusals.refuses(() -> files.read("/etc/passwd"), "//");
            Refusals.refuses(() -> files.delete(""), "root");
        }
    }

    private static void refused(Errno errno, Executable call) {
        SandboxException e =
                assertThrows(SandboxException.class, () -> assertTimeoutPreemptively(Duration.ofSeconds(20), call));
        assertEquals(errno.number(), e.errno(), e::getMessage);
    }

    /** Where the files of this JVM's only session are. */
    private static Path workspace() throws IOException {
        String prefix = "sandjar-scratch-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .map(path -> path.resolve("workspace"))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void linksOfAGuestLeadNowhere() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), SECRET);
        try (SandboxSession session = session()) {
            SessionFiles files = session.files();
            sh(session, "ln -s " + secret + " x; ln -s " + directory + " d; ln -s ../.. up");
            // Whoever follows it gets there.
            assertEquals(SECRET, Files.readString(workspace().resolve("x")));
            assertEquals(SECRET, Files.readString(workspace().resolve("d/secret")));
            refused(Errno.ELOOP, () -> files.read("x"));
            refused(Errno.ELOOP, () -> files.read("d/secret"));
            refused(Errno.ENOTDIR, () -> files.list("d"));
            refused(Errno.ENOTDIR, () -> files.list("up"));
            refused(Errno.ENOTDIR, () -> files.write("d/secret", new byte[1]));
            refused(Errno.ENOTDIR, () -> files.createDirectory("d/made"));
            refused(Errno.ELOOP, () -> files.copyOut("x", directory.resolve("out"), DataSize.mebibytes(1)));
            assertFalse(Files.exists(directory.resolve("out")));
            assertFalse(files.delete("d/secret"));
            assertTrue(files.find("d/secret").isEmpty());
            files.write("x", "replaced".getBytes(UTF_8)); // the link, not what it leads to
            assertEquals("replaced", sh(session, "cat x"));
            assertTrue(files.delete("d"));
            session.reset();
            try (Stream<Path> left = Files.list(directory)) {
                assertEquals(List.of(secret), left.toList());
            }
            assertEquals(SECRET, Files.readString(secret));
        }
    }

    @Test
    void pipesAndHugeFilesAreRefusedAtOnce() throws Exception {
        try (SandboxSession session = session()) {
            SessionFiles files = session.files();
            sh(session, "mkfifo p; truncate -s 65M huge; truncate -s 64M large");
            refused(Errno.EINVAL, () -> files.read("p"));
            refused(Errno.EINVAL, () -> files.copyOut("p", directory.resolve("p"), DataSize.mebibytes(1)));
            refused(Errno.EFBIG, () -> files.read("huge"));
            assertEquals(64 << 20, files.read("large").length);
            Path out = directory.resolve("out");
            refused(Errno.EFBIG, () -> files.copyOut("large", out, DataSize.mebibytes(63)));
            assertFalse(Files.exists(out));
        }
    }

    /** Or it was not there just then. */
    private static boolean isRefused(SandboxException e) {
        boolean refused = e.errno() == Errno.ELOOP.number() || e.errno() == Errno.ENOTDIR.number();
        assertTrue(refused || e.errno() == Errno.ENOENT.number(), e::getMessage);
        return refused;
    }

    /** A directory that is swapped with a link all the time. */
    @Test
    void aDirectoryThatIsSwappedLeadsNowhere() throws Exception {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("f"), SECRET);
        try (SandboxSession session = session()) {
            SessionFiles files = session.files();
            try (SandboxProcess swaps = session.exec(Command.of(
                    "sh",
                    "-c",
                    // What is written there meanwhile goes with the directory that is moved away.
                    "echo; exec 2>/dev/null; while :; do rm -rf old fresh; mkdir fresh; echo inside > fresh/f; mv -T dir old;"
                            + " mv -T fresh dir; rm -rf old; mv -T dir old; ln -sT " + outside + " dir; done"))) {
                swaps.inputReader().readLine();
                boolean led = false;
                int read = 0;
                for (int i = 0; i < 2000 || ((read == 0 || !led) && i < 100_000); i++) {
                    try {
                        assertEquals("inside\n", files.text("dir/f"));
                        read++;
                    } catch (SandboxException e) {
                        led |= isRefused(e);
                    }
                    try {
                        files.write("dir/w", new byte[1]);
                    } catch (SandboxException e) {
                        led |= isRefused(e);
                    }
                }
                assertTrue(swaps.isAlive());
                assertTrue(read > 0, "the directory was never there when it was looked for");
                assertTrue(led, "the link was never there when it was looked for");
            }
        }
        assertFalse(Files.exists(outside.resolve("w")));
    }

    @Test
    void aCommandThatTakesTooLongCostsProgramsButNoFiles() throws Exception {
        try (SandboxSession session = session()) {
            sh(session, "echo 1 > a");
            assertEquals(
                    Verdict.DESTROYED,
                    session.run(Command.of("sh", "-c", "sleep 1000 & sleep 1000"), Duration.ofMillis(200))
                            .report()
                            .verdict());
            assertEquals("1\n", sh(session, "cat a"));
        }
    }

    private static boolean isThere(SandboxSession session, String path) {
        try {
            return session.files().find(path).isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void cancellingEndsTheWholeTree() throws Exception {
        try (SandboxSession session = session()) {
            CompletableFuture<?> run = session.runAsync(Command.of("sh", "-c", "echo 1 > a; sleep 1000 & sleep 1000"));
            assertTrue(Await.within(Duration.ofSeconds(20), () -> isThere(session, "a")));
            assertTrue(run.cancel(true));
            assertEquals(
                    "2\n",
                    session.runAsync(Command.of("echo", "2")).get().orThrow().stdout());
            assertFalse(sh(session, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").contains("sleep"));
        }
    }

    @Test
    void anIdleSessionIsClosed() throws Exception {
        try (SandboxSession session = Sandbox.untrusted().build().session(Duration.ofMillis(300))) {
            SandboxProcess process = session.exec(Command.of("sleep", "1"));
            assertEquals(0, process.waitFor()); // longer than the idle time
            assertTrue(session.isOpen());
            Path workspace = workspace();
            assertTrue(Await.within(Duration.ofSeconds(20), () -> !session.isOpen() && !Files.exists(workspace)));
            Refusals.refusesState(() -> session.run("true"), "PT0.3S");
            Refusals.refusesState(() -> session.files().list(""), "PT0.3S");
        }
    }
}
