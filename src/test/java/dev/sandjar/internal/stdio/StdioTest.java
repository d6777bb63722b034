package dev.sandjar.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StdioTest {
    private static final Command COMMAND = Command.of("x");
    private final Set<String> before = Fds.open();
    private Kernel kernel;

    @TempDir
    Path directory;

    @BeforeEach
    void kernel() throws SandboxException {
        kernel = Kernel.get();
    }

    @AfterEach
    void nothingStaysOpen() {
        Fds.assertNoneBeyond(before);
    }

    private void childWrites(int fd, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        assertEquals(bytes.length, kernel.write(fd, bytes, 0, bytes.length));
    }

    private String childReads(int fd) {
        byte[] bytes = new byte[100];
        return new String(bytes, 0, kernel.read(fd, bytes, 0, 100), StandardCharsets.US_ASCII);
    }

    @Test
    void pipesByDefault() throws IOException {
        try (Stdio stdio = Stdio.open(kernel, COMMAND, null)) {
            int[] child = stdio.childFds();
            assertEquals(List.of(0, 1, 2), stdio.targets());
            HostStreams streams = stdio.streams(-1);
            streams.stdin().write("in".getBytes(StandardCharsets.US_ASCII));
            streams.stdin().close();
            assertEquals("in", childReads(child[0]));
            assertEquals("", childReads(child[0]), "the child sees the end");
            childWrites(child[1], "out");
            childWrites(child[2], "err");
            stdio.closeChildEnds();
            assertEquals("out", new String(streams.stdout().readAllBytes(), StandardCharsets.US_ASCII));
            assertEquals("err", new String(streams.stderr().readAllBytes(), StandardCharsets.US_ASCII));
            assertNull(streams.terminal());
            streams.close();
        }
    }

    /** Which a stream of the JDK on the same descriptor does not do. */
    @Test
    void aPipeIsNeverAskedForAPosition() throws IOException {
        Command command = COMMAND.descriptor("a", Descriptor.pipeOut());
        try (Stdio stdio = Stdio.open(kernel, command, null)) {
            int[] child = stdio.childFds();
            HostStreams streams = stdio.streams(-1);
            for (int number : new int[] {1, 2, 3}) {
                InputStream in = number == 1
                        ? streams.stdout()
                        : number == 2 ? streams.stderr() : streams.inputs().get("a");
                assertEquals(0, in.available());
                childWrites(child[number], "0123456789abcdef");
                assertEquals(3, in.skip(3));
                assertEquals('3', in.read());
                assertEquals(12, in.available());
                assertEquals(0, in.skip(-1));
                in.skipNBytes(2);
                assertArrayEquals(new byte[] {'6', '7'}, in.readNBytes(2));
            }
            childWrites(child[1], " the rest");
            stdio.closeChildEnds();
            assertEquals("89abcdef the rest", new String(streams.stdout().readAllBytes(), StandardCharsets.US_ASCII));
            ByteArrayOutputStream copy = new ByteArrayOutputStream();
            assertEquals(8, streams.stderr().transferTo(copy));
            assertEquals("89abcdef", copy.toString(StandardCharsets.US_ASCII));
            Path file = directory.resolve("copy");
            try (OutputStream out = new FileOutputStream(file.toFile())) {
                assertEquals(8, streams.inputs().get("a").transferTo(out));
            }
            assertEquals("89abcdef", Files.readString(file));
            assertEquals(0, streams.stdout().skip(10));
            assertEquals(0, streams.stdout().available());
            streams.close();
            assertThrows(IOException.class, streams.stdout()::read);
            assertThrows(IOException.class, streams.stdout()::available);
        }
    }

    /** Without the buffer that a process's streams have above it. */
    @Test
    void thePipeItselfSkipsByReading() throws IOException {
        int[] pipe = Calls.pipe(kernel, "test");
        try (InputStream in = Pipes.reader(kernel, pipe[0])) {
            childWrites(pipe[1], "0123456789");
            assertEquals(10, in.available());
            assertEquals(4, in.skip(4));
            assertEquals(0, in.read(new byte[2], 2, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> in.read(new byte[2], 1, 2));
            kernel.close(pipe[1]);
            assertEquals("456789", new String(in.readAllBytes(), StandardCharsets.US_ASCII));
            assertEquals(-1, in.read());
            assertEquals(0, in.skip(4));
            assertThrows(EOFException.class, () -> in.skipNBytes(1));
        }
    }

    @Test
    void mergedErrorsGoWhereOutputGoes() throws IOException {
        try (Stdio stdio = Stdio.open(kernel, COMMAND.mergeStderr(), null)) {
            assertEquals(stdio.childFds()[1], stdio.childFds()[2]);
        }
        try (Stdio stdio = Stdio.open(kernel, COMMAND.mergeStderr().stdout(Redirect.INHERIT), null)) {
            assertArrayEquals(new int[] {1, 1}, new int[] {stdio.childFds()[1], stdio.childFds()[2]});
        }
    }

    @Test
    void inheritedOnesAreTheHosts() throws IOException {
        Command command =
                COMMAND.stdin(Redirect.INHERIT).stdout(Redirect.INHERIT).stderr(Redirect.INHERIT);
        try (Stdio stdio = Stdio.open(kernel, command, null)) {
            assertArrayEquals(new int[] {0, 1, 2}, stdio.childFds());
            HostStreams streams = stdio.streams(-1);
            assertEquals(-1, streams.stdout().read());
            assertEquals(-1, streams.stderr().read());
            assertThrows(IOException.class, () -> streams.stdin().write(1));
        }
    }

    @Test
    void filesAreReadWrittenAndAppendedTo() throws IOException {
        Path in = Files.writeString(directory.resolve("in"), "from file");
        Path out = Files.writeString(directory.resolve("out"), "old");
        Path log = Files.writeString(directory.resolve("log"), "old ");
        Command command = COMMAND.stdin(Redirect.from(in.toFile()))
                .stdout(Redirect.to(out.toFile()))
                .stderr(Redirect.appendTo(log.toFile()));
        try (Stdio stdio = Stdio.open(kernel, command, null)) {
            assertEquals("from file", childReads(stdio.childFds()[0]));
            childWrites(stdio.childFds()[1], "new");
            childWrites(stdio.childFds()[2], "new");
            HostStreams streams = stdio.streams(-1);
            stdio.closeChildEnds();
            assertTrue(streams.pumped().join().isEmpty());
            streams.close();
        }
        assertEquals("new", Files.readString(out));
        assertEquals("old new", Files.readString(log));
        try (Stdio stdio = Stdio.open(kernel, COMMAND.stdout(Redirect.DISCARD), null)) {
            childWrites(stdio.childFds()[1], "gone");
        }
    }

    @Test
    void descriptorsFollowInOrder() throws IOException {
        Path in = Files.writeString(directory.resolve("in"), "given");
        Command command = COMMAND.descriptor("a", Descriptor.readFrom(in))
                .descriptor("b", Descriptor.writeTo(directory.resolve("b")))
                .descriptor("c", Descriptor.appendTo(in))
                .descriptor("d", Descriptor.pipeIn())
                .descriptor("e", Descriptor.pipeOut());
        try (Stdio stdio = Stdio.open(kernel, command, null)) {
            assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7), stdio.targets());
            int[] child = stdio.childFds();
            assertEquals("given", childReads(child[3]));
            childWrites(child[4], "made");
            childWrites(child[5], " more");
            HostStreams streams = stdio.streams(-1);
            streams.outputs().get("d").write('d');
            assertEquals("d", childReads(child[6]));
            childWrites(child[7], "e");
            assertEquals('e', streams.inputs().get("e").read());
            stdio.closeChildEnds();
            assertTrue(streams.pumped().join().isEmpty());
            streams.close();
        }
        assertEquals("given more", Files.readString(in));
        assertEquals("made", Files.readString(directory.resolve("b")));
    }

    @Test
    void withATerminalOnlyRedirectedStreamsArePassed() throws IOException {
        Command command = COMMAND.pty(24, 80);
        try (Stdio stdio = Stdio.open(kernel, command.descriptor("a", Descriptor.pipeOut()), null)) {
            assertEquals(List.of(3), stdio.targets());
        }
        try (Stdio stdio = Stdio.open(kernel, command.stdin(Redirect.from(new File("/dev/null"))), null)) {
            assertEquals(List.of(0), stdio.targets());
        }
        try (Stdio stdio = Stdio.open(kernel, command.stdout(Redirect.DISCARD).mergeStderr(), null)) {
            assertEquals(List.of(1, 2), stdio.targets());
            assertEquals(stdio.childFds()[0], stdio.childFds()[1]);
        }
        try (Stdio stdio = Stdio.open(kernel, command.mergeStderr(), null)) {
            assertEquals(List.of(), stdio.targets());
            int[] pipe = new int[2];
            kernel.pipe(pipe);
            HostStreams streams = stdio.streams(pipe[0]);
            childWrites(pipe[1], "shown");
            assertEquals('s', streams.stdout().read());
            assertEquals(-1, streams.stderr().read());
            streams.close();
            kernel.close(pipe[1]);
        }
        try (Stdio stdio = Stdio.open(kernel, command, null)) {
            assertThrows(IOException.class, () -> stdio.streams(-1));
        }
    }

    @Test
    void aFailureInTheMiddleClosesWhatWasOpened() {
        Command command = COMMAND.descriptor("a", Descriptor.pipeIn())
                .descriptor("b", Descriptor.readFrom(directory.resolve("missing")));
        SandboxException e = assertThrows(SandboxException.class, () -> Stdio.open(kernel, command, null));
        assertEquals("ENOENT", e.errnoName());
        assertEquals("open descriptor b", e.step());
        assertEquals(directory.resolve("missing").toString(), e.path().orElseThrow());
        e = assertThrows(
                SandboxException.class,
                () -> Stdio.open(kernel, COMMAND.stdout(Redirect.to(directory.toFile())), null));
        assertEquals("EISDIR", e.errnoName());
        assertEquals("open standard output", e.step());
    }

    /** Every call fails once, at every place. */
    @Test
    void everyFailingCallLeavesNothing() {
        Command command = COMMAND.descriptor("a", Descriptor.pipeIn())
                .descriptor("b", Descriptor.readFrom(Path.of("/dev/null")))
                .descriptor("c", Descriptor.pipeOut());
        for (int place = 0; place < 6; place++) {
            int failing = place;
            Kernel broken = new ForwardingKernel() {
                private int calls;

                @Override
                public int pipe(int[] ends) {
                    return calls++ == failing ? -Errno.EMFILE.number() : super.pipe(ends);
                }

                @Override
                public int open(byte[] path, int flags, int mode) {
                    return calls++ == failing ? -Errno.EMFILE.number() : super.open(path, flags, mode);
                }
            };
            SandboxException e = assertThrows(SandboxException.class, () -> Stdio.open(broken, command, null));
            assertEquals("EMFILE", e.errnoName());
            assertTrue(e.remedy().contains("ulimit -n"), e.getMessage());
            Fds.assertNoneBeyond(before);
        }
    }

    @Test
    void namesThatAreNotUtf8ReachTheKernelUnchanged() throws Exception {
        byte[] name = "caf\u00e9 %41\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] parent = directory.toString().getBytes(StandardCharsets.UTF_8);
        byte[] full = new byte[parent.length + 1 + name.length];
        System.arraycopy(parent, 0, full, 0, parent.length);
        full[parent.length] = '/';
        System.arraycopy(name, 0, full, parent.length + 1, name.length);
        int fd = kernel.open(full, Kernel.O_WRONLY | Kernel.O_CREAT, 0600);
        childWrites(fd, "odd");
        kernel.close(fd);
        Path path;
        try (var files = Files.list(directory)) {
            path = files.findFirst().orElseThrow();
        }
        assertArrayEquals(full, PathBytes.of(path));
        try (Stdio stdio = Stdio.open(kernel, COMMAND.descriptor("a", Descriptor.readFrom(path)), null)) {
            assertEquals("odd", childReads(stdio.childFds()[3]));
        }
        assertEquals(path, PathBytes.path(full));
        assertTrue(PathBytes.shown(path).endsWith("/caf\\xe9 %41\\n"), PathBytes.shown(path));
        Files.delete(path);
    }

    @Test
    void directoriesAndTheRootKeepTheirNames() {
        assertEquals("/", new String(PathBytes.of(Path.of("/")), StandardCharsets.UTF_8));
        assertEquals("/tmp", new String(PathBytes.of(Path.of("/tmp")), StandardCharsets.UTF_8));
    }
}
