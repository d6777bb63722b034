package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What Java was shown of a connection is what goes to the host's server, whatever the program does with it meanwhile. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class ShownBytesIT {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: server.test\r\n\r\n";
    private static final String PROGRAM =
            """
            import os, socket, sys
            request = b'GET / HTTP/1.1\\r\\nHost: server.test\\r\\n\\r\\n'
            other = request.replace(b'server', b'secret')
            print('up', flush=True)
            def connect(host, port):
                s = socket.create_connection((host, port), 20)
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return s
            def until_asked(s):
                assert sys.stdin.readline() == 'asked\\n'
            """;

    /** The host's resolver has the program do the rest before it answers. */
    private static String received(String program) throws Exception {
        CompletableFuture<SandboxProcess> started = new CompletableFuture<>();
        try (ServerSocket server = Servers.listening()) {
            NameResolver resolver = name -> {
                try {
                    SandboxProcess process = started.get(Servers.MILLIS, TimeUnit.MILLISECONDS);
                    process.getOutputStream().write("asked\n".getBytes(StandardCharsets.US_ASCII));
                    process.getOutputStream().flush();
                    assertEquals("done", process.inputReader().readLine());
                    return List.of(Hosts.address("127.0.0.1"));
                } catch (Exception e) {
                    throw new IOException(e);
                }
            };
            Network network = Network.egress(EgressRule.allow("server.test", server.getLocalPort())
                            .withAddresses(Hosts.LOOPBACK))
                    .resolver(resolver);
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            CompletableFuture<String> got = CompletableFuture.supplyAsync(() -> {
                try (Socket socket = server.accept()) {
                    socket.setSoTimeout(Servers.MILLIS);
                    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try (SandboxProcess process =
                    Servers.start(sandbox, PROGRAM + program.replace("PORT", "" + server.getLocalPort()))) {
                started.complete(process);
                String text = got.get(2L * Servers.MILLIS, TimeUnit.MILLISECONDS);
                assertTrue(process.waitFor(Servers.MILLIS, TimeUnit.MILLISECONDS));
                assertEquals(0, process.exitValue(), "the control in the program");
                return text;
            }
        }
    }

    /** The pages that sendfile(2) put into a socket are the file's: the control shows a reader what was written after they were sent. */
    @Test
    void pagesThatTheProgramStillHas() throws Exception {
        String program =
                """
                def sent(s):
                    f = os.open('/tmp/page', os.O_RDWR | os.O_CREAT | os.O_TRUNC)
                    os.write(f, request)
                    assert os.sendfile(s.fileno(), f, 0, len(request)) == len(request)
                    return f
                l = socket.create_server(('127.0.0.1', 0))
                c = connect(*l.getsockname())
                f = sent(c)
                os.pwrite(f, other, 0)
                control = l.accept()[0].recv(1000) == other
                s = connect('server.test', PORT)
                f = sent(s)
                until_asked(s)
                os.pwrite(f, other, 0)
                print('done', flush=True)
                s.shutdown(socket.SHUT_WR)
                while s.recv(1000): pass
                sys.exit(0 if control else 3)
                """;
        assertEquals(REQUEST, received(program));
    }

    /** recv(2) leaves out the byte at the mark, but only as long as there is no newer mark. */
    @Test
    void urgentData() throws Exception {
        String program =
                """
                s = connect('server.test', PORT)
                s.sendall(request[:30])
                s.send(b'!', socket.MSG_OOB)
                s.sendall(request[30:])
                until_asked(s)
                s.send(b'?', socket.MSG_OOB)
                s.sendall(b'rest')
                print('done', flush=True)
                s.shutdown(socket.SHUT_WR)
                while s.recv(1000): pass
                """;
        assertEquals(REQUEST + "rest", received(program));
    }

    @Test
    void urgentDataDoesNotStopAConnection() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            EgressRule rule = EgressRule.allow("server.test", server.getLocalPort())
                    .withAddresses(Hosts.LOOPBACK)
                    .anyProtocol();
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.egress(rule).resolver(new Hosts().with("server.test", "127.0.0.1")))
                    .build();
            String program =
                    """
                    s = connect('server.test', PORT)
                    s.settimeout(20)
                    s.sendall(b'before')
                    s.send(b'!', socket.MSG_OOB)
                    s.sendall(b'after' * 10000)
                    s.shutdown(socket.SHUT_WR)
                    got = b''
                    while True:
                        d = s.recv(65536)
                        if not d: break
                        got += d
                    print(got == b'before' + b'after' * 10000, len(got), flush=True)
                    """
                            .replace("PORT", "" + server.getLocalPort());
            try (SandboxProcess process = Servers.start(sandbox, PROGRAM + program)) {
                assertEquals("True 50006", process.inputReader().readLine());
            }
        }
    }
}
