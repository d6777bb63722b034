package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets of AF_UNIX on either side. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class SocketFilesIT {
    private static final String CLIENT = "import socket\ns = socket.socket(socket.AF_UNIX); s.settimeout(20)\n"
            + "try:\n  s.connect('%s'); s.sendall(b'hello'); s.shutdown(socket.SHUT_WR); print(s.recv(100).decode())\n"
            + "except OSError as e: print(e.errno)\n";

    private static String exchange(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            channel.shutdownOutput();
            return read(channel);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Sandbox untrusted(PortRule rule) {
        return Sandbox.untrusted().network(Network.loopback().with(rule)).build();
    }

    @Test
    void aPortInsideIsASocketOfTheHost(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("published");
        String program = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;
        try (SandboxProcess server =
                Servers.start(untrusted(PortRule.publish(8080).onHost(socket)), program)) {
            assertEquals("hello", exchange(socket));
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(socket),
                    "this user's alone");
            assertThrows(IllegalArgumentException.class, () -> server.publishedPort(8080));
        }
        assertFalse(Files.exists(socket), "it is removed at the end");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed(@TempDir Path directory) {
        SandboxException e = assertThrows(
                SandboxException.class, () -> untrusted(PortRule.publish(80).onHost(directory.resolve("absent/socket")))
                        .run("true"));
        assertTrue(e.remedy().startsWith("create " + directory + "/absent,"), e.getMessage());
    }

    @Test
    void aSocketInsideIsOneOfTheHost(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("published");
        String program = Servers.ECHO + "begin(unix('/tmp/server'))\n" + Servers.UNTIL_TOLD;
        try (SandboxProcess server =
                Servers.start(untrusted(PortRule.publish("/tmp/server").onHost(socket)), program)) {
            assertEquals("hello", exchange(socket));
        }
    }

    @Test
    void whatIsThereStays(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("published"), "mine");
        Sandbox sandbox = untrusted(PortRule.publish(8080).onHost(file));
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("true"));
        assertTrue(e.getMessage().contains("something of that name"), e.getMessage());
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void noSocketIsMadeThroughALinkThatAGuestCouldHavePlanted(@TempDir Path directory) throws Exception {
        Path real = directory.toRealPath();
        Path elsewhere = Files.createDirectory(real.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(real.resolve("link"), elsewhere);
        Sandbox sandbox = untrusted(PortRule.publish(8080).onHost(link.resolve("published")));
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("true"));
        assertEquals("ELOOP", e.errnoName(), e.getMessage());
        assertFalse(Files.exists(elsewhere.resolve("published")));
        String program = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;
        PortRule direct = PortRule.publish(8080).onHost(elsewhere.resolve("published"));
        try (SandboxProcess server = Servers.start(untrusted(direct), program)) {
            assertEquals("hello", exchange(elsewhere.resolve("published")), "the control");
        }
    }

    @Test
    void linksOfTheGuestLeadToNoSocketOfTheHost(@TempDir Path directory) throws Exception {
        Path secret = directory.resolve("secret");
        Path published = directory.resolve("published");
        try (ServerSocketChannel host = echo(secret)) {
            assertEquals("hello", exchange(secret), "the control");
            String program =
                    "import os, sys\nos.symlink('" + secret + "', '/tmp/server')\n" + Servers.ECHO + Servers.UNTIL_TOLD;
            try (SandboxProcess guest =
                    Servers.start(untrusted(PortRule.publish("/tmp/server").onHost(published)), program)) {
                assertFalse("hello".equals(tried(published)));
            }
            String magic = "import os, sys\nos.symlink('/proc/1/root" + secret + "', '/tmp/server')\n" + Servers.ECHO
                    + Servers.UNTIL_TOLD;
            try (SandboxProcess guest =
                    Servers.start(untrusted(PortRule.publish("/tmp/server").onHost(published)), magic)) {
                assertFalse("hello".equals(tried(published)));
            }
        }
    }

    private static String tried(Path socket) {
        try {
            return exchange(socket);
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void aSocketOfTheHostIsReachedAtAPortAndAtASocket(@TempDir Path directory) throws Exception {
        Path socket = directory.toRealPath().resolve("server");
        try (ServerSocketChannel host = echo(socket)) {
            assertEquals(
                    "hello",
                    Guest.python(
                            untrusted(PortRule.hostSocket(socket).inside(5432)), HostPortIT.client("127.0.0.1", 5432)));
            assertEquals(
                    "hello",
                    Guest.python(
                            untrusted(PortRule.hostSocket(socket).inside("/tmp/db")),
                            String.format(CLIENT, "/tmp/db")));
        }
    }

    @Test
    void aLinkOnTheWayToASocketOfTheHostIsNotFollowed(@TempDir Path directory) throws Exception {
        Path real = directory.toRealPath();
        Path socket = real.resolve("server");
        Path link = Files.createSymbolicLink(real.resolve("link"), socket);
        try (ServerSocketChannel host = echo(socket)) {
            Sandbox sandbox = untrusted(PortRule.hostSocket(link).inside(5432));
            assertEquals("reset", Guest.python(sandbox, HostPortIT.client("127.0.0.1", 5432)));
        }
    }

    /** As /var/run is one. */
    @Test
    void aLinkOfTheHostsLayoutIsFollowed(@TempDir Path directory) throws Exception {
        Path real = directory.toRealPath();
        Path run = Files.createDirectory(real.resolve("run"));
        Path link = Files.createSymbolicLink(real.resolve("var-run"), run);
        try (ServerSocketChannel host = echo(run.resolve("server"))) {
            Sandbox sandbox =
                    untrusted(PortRule.hostSocket(link.resolve("server")).inside(5432));
            assertEquals("hello", Guest.python(sandbox, HostPortIT.client("127.0.0.1", 5432)));
        }
    }

    /** By one that may write to the directory above it, which the host names as the place of a server's socket. */
    @Test
    void aLinkThatAGuestHasPlantedIsNotFollowed(@TempDir Path directory) throws Exception {
        Path real = directory.toRealPath();
        Path shared = Files.createDirectory(real.resolve("shared"));
        Path secret = Files.createDirectory(real.resolve("secret"));
        Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        Sandbox writer = Sandbox.untrusted().bind(shared, shared.toString()).build();
        Guest.sh(
                writer,
                "ln -s \"$1\" \"$2\"",
                secret.toString(),
                shared.resolve("run").toString());
        try (ServerSocketChannel host = echo(secret.resolve("server"))) {
            Sandbox planted = untrusted(
                    PortRule.hostSocket(shared.resolve("run").resolve("server")).inside(5432));
            SandboxException e = assertThrows(SandboxException.class, () -> planted.start("true"));
            assertEquals("ELOOP", e.errnoName(), e.getMessage());
            Sandbox direct =
                    untrusted(PortRule.hostSocket(secret.resolve("server")).inside(5432));
            assertEquals("hello", Guest.python(direct, HostPortIT.client("127.0.0.1", 5432)), "the control");
        }
    }

    private static ServerSocketChannel echo(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread thread = new Thread(() -> serve(server), "echo");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static void serve(ServerSocketChannel server) {
        while (server.isOpen()) {
            try (SocketChannel channel = server.accept()) {
                ByteBuffer buffer = ByteBuffer.allocate(100);
                while (channel.read(buffer) > 0) {
                    channel.write(buffer.flip());
                    buffer.clear();
                }
            } catch (IOException e) {
                continue; // it is closed, or the client was gone first
            }
        }
    }

    /** Its client may stay as long as it likes: that its server is gone makes room for the next. */
    @Test
    void aConnectionThatItsServerHasClosedHasNoPlace(@TempDir Path directory) throws Exception {
        String program =
                """
                import os, socket, sys, threading
                s = socket.socket(socket.AF_UNIX); s.bind('/tmp/server'); s.listen()
                def serve():
                    while True:
                        c, _ = s.accept()
                        c.sendall(b'hello'); c.close()
                threading.Thread(target=serve, daemon=True).start()
                """
                        + Servers.UNTIL_TOLD;
        Path socket = directory.resolve("published");
        PortRule rule = PortRule.publish("/tmp/server").onHost(socket);
        Network network = Network.loopback().with(rule).bounds(b -> b.connections(1));
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
        try (SandboxProcess server =
                        Servers.start(Sandbox.untrusted().network(network).build(), program);
                SocketChannel first = SocketChannel.open(address);
                SocketChannel second = SocketChannel.open(address)) {
            assertTrue(server.isAlive());
            assertEquals(
                    "hello", CompletableFuture.supplyAsync(() -> read(first)).get(30, TimeUnit.SECONDS));
            assertEquals(
                    "hello", CompletableFuture.supplyAsync(() -> read(second)).get(30, TimeUnit.SECONDS));
        }
    }

    private static String read(SocketChannel channel) {
        try {
            ByteBuffer read = ByteBuffer.allocate(100);
            while (channel.read(read) >= 0 && read.hasRemaining()) {
                continue;
            }
            return new String(read.array(), 0, read.position(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
