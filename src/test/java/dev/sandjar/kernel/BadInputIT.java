package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.IdMapping.Range;
import dev.sandjar.Rlimit;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong meets an exception that says so, and nothing is left of it: the check for leaks sees to that. */
@KernelTest
class BadInputIT {
    @TempDir
    Path directory;

    private static Sandbox[] sandboxes() {
        if (!Feature.USERNS.isPresent() || !Feature.PROC.isPresent()) {
            return new Sandbox[] {Sandbox.builder().build()};
        }
        return new Sandbox[] {Sandbox.builder().build(), Sandbox.untrusted().build()};
    }

    private static SandboxBuilder view() {
        return Sandbox.builder().userNamespace().pidNamespace().rootfs(RootFs.hostReadOnly());
    }

    private static void fails(String errno, String word, Executable start) {
        SandboxException e = assertThrows(SandboxException.class, start);
        assertEquals(errno, e.errnoName(), e.getMessage());
        assertTrue(e.getMessage().contains(word), e.getMessage());
    }

    private static void refused(String word, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(word), e.getMessage());
    }

    @Test
    void programs() {
        for (Sandbox sandbox : sandboxes()) {
            fails("ENOENT", "no-such-program", () -> sandbox.start("no-such-program"));
            fails("ENOENT", "/usr/bin/no-such-program", () -> sandbox.start("/usr/bin/no-such-program"));
            fails("ENOENT", "/usr/bin/env/x", () -> sandbox.start("/usr/bin/env/x"));
            fails("EACCES", "/etc/passwd", () -> sandbox.start("/etc/passwd"));
            fails("EACCES", "directory", () -> sandbox.start("/usr"));
        }
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void aProgramThatTheHostHas() throws Exception {
        Path program = Files.copy(Path.of("/bin/true"), directory.resolve("program"));
        HostProgram.sh("chmod 755 " + directory + " " + program);
        fails("ENOENT", "the host has " + program, () -> view().build().start(program.toString()));
        Path none = directory.resolve("none");
        SandboxException e =
                assertThrows(SandboxException.class, () -> view().build().start(none.toString()));
        assertFalse(e.getMessage().contains("the host has"), e.getMessage());
    }

    @Test
    void aProgramThatIsNone() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "neither a program nor a script");
        HostProgram.sh("chmod 755 " + directory + " " + text);
        fails("ENOEXEC", text.toString(), () -> Sandbox.builder().build().start(text.toString()));
        Path script = Files.writeString(directory.resolve("script"), "#!/no/such/interpreter\n");
        HostProgram.sh("chmod 755 " + script);
        fails("ENOENT", "interpreter", () -> Sandbox.builder().build().start(script.toString()));
        // Of another system's editor; the kernel looks for "/bin/sh\r".
        Files.writeString(script, "#!/bin/sh\r\necho hello\r\n");
        fails(
                "ENOENT",
                "a first line that ends in CR LF names an interpreter whose name ends in CR: take the CR away",
                () -> Sandbox.builder().build().start(script.toString()));
        Files.writeString(script, "#!/bin/sh\necho hello\n");
        assertEquals("hello\n", Sandbox.builder().build().run(script.toString()).stdout());
    }

    @Test
    void workingDirectories() {
        for (Sandbox sandbox : sandboxes()) {
            fails("ENOENT", "/no/such", () -> sandbox.start(Command.of("true").directory("/no/such")));
            fails(
                    "ENOTDIR",
                    "/etc/passwd",
                    () -> sandbox.start(Command.of("true").directory("/etc/passwd")));
        }
    }

    @Test
    void texts() {
        refused("NUL", () -> Command.of("echo", "a\0b"));
        refused("NUL", () -> Command.of("a\0b"));
        refused("NUL", () -> Command.of("env").env("A", "\0"));
        refused("=", () -> Command.of("env").env("A=B", "c"));
        refused("program", () -> Command.of(""));
        refused("empty", () -> Command.of(List.of()));
        refused("NUL", () -> Sandbox.builder().namespaces(n -> n.hostname("a\0")));
        refused("64", () -> Sandbox.builder().utsNamespace("x".repeat(65)));
        refused("4095", () -> Sandbox.builder().workingDirectory("/" + "x".repeat(5_000)));
        refused("255", () -> Sandbox.builder().workingDirectory("/" + "x".repeat(300)));
        refused("4095", () -> Sandbox.builder().workingDirectory("/xyz".repeat(2_000)));
    }

    @Test
    void manyArguments() throws Exception {
        String[] some = new String[1 + 2_000];
        java.util.Arrays.fill(some, "x".repeat(1_000));
        some[0] = "/bin/true";
        for (Sandbox sandbox : sandboxes()) {
            // 2 MB, and more pointers: just about the quarter of the usual stack limit that execve(2) allows.
            try {
                assertEquals(0, sandbox.run(some).exitValue());
            } catch (SandboxException e) {
                assertEquals("E2BIG", e.errnoName());
            }
            fails("E2BIG", "", () -> sandbox.start("/bin/true", "y".repeat(2 * 1024 * 1024)));
        }
        refused("6", () -> Command.of("/bin/true", "z".repeat(7 * 1024 * 1024)));
    }

    @Test
    void aLargeEnvironment() throws Exception {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            variables.put("VARIABLE_" + i, "value " + i);
        }
        for (Sandbox sandbox : sandboxes()) {
            RunResult result = sandbox.run(Command.of("/usr/bin/env").env(variables));
            assertEquals(
                    10_000,
                    result.stdout()
                            .lines()
                            .filter(line -> line.startsWith("VARIABLE_"))
                            .count());
        }
    }

    @Test
    void guestPaths() {
        SandboxBuilder builder = view();
        Path source = Path.of("/usr");
        for (String path :
                List.of("relative", "", "/a/../b", "/..", "/a//b", "/a/./b", "/a\0b", "/" + "x".repeat(256))) {
            assertThrows(IllegalArgumentException.class, () -> builder.bind(source, path), path);
            assertThrows(IllegalArgumentException.class, () -> builder.tmpfs(path, DataSize.mebibytes(1)), path);
            assertThrows(IllegalArgumentException.class, () -> builder.file(path, "x"), path);
            assertThrows(IllegalArgumentException.class, () -> builder.symlink(path, "x"), path);
            assertThrows(IllegalArgumentException.class, () -> builder.mounts(m -> m.directory(path, 0755)), path);
            assertThrows(IllegalArgumentException.class, () -> builder.mounts(m -> m.mask(path)), path);
            assertThrows(IllegalArgumentException.class, () -> builder.mounts(m -> m.readOnlyPath(path)), path);
            assertThrows(IllegalArgumentException.class, () -> builder.workingDirectory(path), path);
        }
        builder.tmpfs("/twice", DataSize.mebibytes(1));
        refused("/twice", () -> builder.bind(source, "/twice"));
        refused("/twice", () -> builder.file("/twice/", "x"));
    }

    @Test
    void numbers() {
        refused("4294967294", () -> Sandbox.builder().user(4_294_967_295L, 0));
        refused("4294967294", () -> Sandbox.builder().user(0, 4_294_967_295L));
        refused("4294967294", () -> Sandbox.builder().user(0, 0, 4_294_967_295L));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().user(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Range(0, 4_294_967_295L, 1));
        assertThrows(IllegalArgumentException.class, () -> new Range(0, 1, 4_294_967_295L));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.rlimit(Rlimit.NOFILE, -2)));
        assertThrows(
                IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.rlimit(Rlimit.NOFILE, 5, 4)));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.nice(20)));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.umask(01000)));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.oomScoreAdj(1_001)));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.cpuAffinity(new int[0])));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder().process(p -> p.cpuAffinity(-1)));
        assertThrows(IllegalArgumentException.class, () -> DataSize.mebibytes(-1));
        assertThrows(IllegalArgumentException.class, () -> view().tmpfs("/t", DataSize.bytes(0)));
    }

    @Test
    void overlappingMaps() {
        List<Range> good = List.of(new Range(0, 100, 10));
        refused("overlap inside", () -> IdMapping.of(List.of(new Range(0, 100, 10), new Range(9, 200, 10)), good));
        refused(
                "overlap on the host",
                () -> IdMapping.of(good, List.of(new Range(0, 100, 10), new Range(50, 109, 10))));
    }

    @Test
    void anAbsentCpu() throws Exception {
        Sandbox sandbox = Sandbox.builder().process(p -> p.cpuAffinity(8_000)).build();
        assertFalse(sandbox.explain().isPossible());
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("true"));
        assertTrue(e.getMessage().contains("CPUs [8000]"), e.getMessage());
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void mountTargetsThatDontExist() throws Exception {
        Path root = RootFsIT.tree(directory);
        HostProgram.sh("chmod 755 " + directory);
        SandboxBuilder builder = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .rootfs(RootFs.directory(root))
                .bindReadOnly(Path.of("/usr"), "/usr");
        assertEquals(0, builder.build().run("true").exitValue());
        SandboxBuilder absent = builder.tmpfs("/absent/x", DataSize.mebibytes(1));
        fails("ENOENT", "/absent", () -> absent.build().start("true"));
        fails("ENOENT", "create it in the root", () -> absent.build().start("true"));
        assertThrows(
                SandboxException.class,
                () -> builder.file("/etc/new", "x").build().start("true"));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void bindSources() throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        HostProgram.sh("chmod 755 " + directory);
        fails("ENOENT", "absent", () -> view().bind(directory.resolve("absent"), "/data")
                .build()
                .start("true"));
        Sandbox sandbox = view().bind(source, "/data").build();
        assertEquals(0, sandbox.run("true").exitValue());
        Files.delete(source);
        fails("ENOENT", source.toString(), () -> sandbox.start("true"));
        Files.writeString(source, "a file now");
        fails("ENOTDIR", source.toString(), () -> view().rootfs(RootFs.directory(source))
                .build()
                .start("true"));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void namesThatAreNotUtf8() throws Exception {
        HostProgram.sh(
                "cd \"$1\" && chmod 755 . && mkdir \"$(printf 'b\\377d')\" && echo in > \"$(printf 'b\\377d')/file\"",
                directory.toString());
        try (var entries = Files.newDirectoryStream(directory)) {
            Path odd = entries.iterator().next();
            try {
                RunResult result = view().bindReadOnly(odd, "/data").build().run("cat", "/data/file");
                assertEquals("in\n", result.stdout());
            } catch (java.io.IOException | IllegalArgumentException e) {
                assertTrue(e.getMessage().contains("source") || e.getMessage().contains("b"), e.getMessage());
            }
        }
    }

    @Test
    void wholesThatDontGoTogether() {
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> Sandbox.builder()
                .namespaces(n -> n.hostname("x").noNestedUserNamespaces())
                .tmpfs("/t", DataSize.mebibytes(1))
                .build());
        assertTrue(e.getMessage().startsWith("3 things are wrong"), e.getMessage());
    }

    /** A set-up that fails ends with requests that it has not read: what it has said of its failure has to come through all the same. */
    @Test
    @NeedsHost(Feature.USERNS)
    void manyThatFailAtATimeAllSayWhy() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(file, "/usr/bin").build();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Map<String, Integer> messages = new ConcurrentHashMap<>();
            Callable<Void> failing = () -> {
                for (int i = 0; i < 40; i++) {
                    SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("true"));
                    messages.merge(e.getMessage(), 1, Integer::sum);
                }
                return null;
            };
            for (Future<Void> end : threads.invokeAll(Collections.nCopies(4, failing))) {
                end.get();
            }
            assertEquals(1, messages.size(), messages::toString);
        } finally {
            threads.shutdownNow();
        }
    }
}
