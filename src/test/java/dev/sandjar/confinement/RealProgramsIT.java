package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.programs.RealPrograms;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Programs that people use, under the profiles that come along. */
@KernelTest
@Tag("once")
class RealProgramsIT {
    @TempDir
    Path directory;

    private static SandboxBuilder standard() {
        return Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .env("HOME", "/tmp")
                .env("LC_ALL", "C")
                .seccomp(SeccompProfile.standard());
    }

    private String run(String... command) throws Exception {
        RunResult result =
                standard().workingDirectory(directory.toString()).build().run(command);
        assertEquals(0, result.exitValue(), () -> List.of(command) + "\n" + result.stdout() + result.stderr());
        return result.stdout().strip();
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void pythonWithThreadsProcessesAndSockets() throws Exception {
        String program =
                """
                import threading, subprocess, socket, os, ssl, sqlite3, json
                from concurrent.futures import ThreadPoolExecutor
                with ThreadPoolExecutor(8) as pool:
                    total = sum(pool.map(lambda n: n * n, range(1000)))
                a, b = socket.socketpair(); a.send(b"x")
                s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
                c = socket.create_connection(s.getsockname())
                out = subprocess.run(["echo", "child"], capture_output=True, text=True).stdout.strip()
                print(total, b.recv(1), out, os.getloadavg() is not None)
                """;
        assertEquals("332833500 b'x' child True", run("/usr/bin/python3", "-I", "-c", program));
    }

    @Test
    void aJvm() throws Exception {
        Path source = Files.writeString(
                directory.resolve("Threads.java"),
                """
                import java.util.concurrent.*;
                import java.util.stream.*;
                public class Threads {
                    public static void main(String[] args) throws Exception {
                        ExecutorService pool = Executors.newFixedThreadPool(8);
                        int sum = 0;
                        for (Future<Integer> f : pool.invokeAll(IntStream.range(0, 100).<Callable<Integer>>mapToObj(i -> () -> i).toList())) sum += f.get();
                        pool.shutdown();
                        System.gc();
                        try (java.net.ServerSocket s = new java.net.ServerSocket(0)) {
                            new java.net.Socket(s.getInetAddress(), s.getLocalPort()).close();
                        }
                        java.net.NetworkInterface.getNetworkInterfaces().asIterator().forEachRemaining(n -> {});
                        Process p = new ProcessBuilder("echo", "child").start();
                        System.out.println(sum + " " + new String(p.getInputStream().readAllBytes()).strip());
                    }
                }
                """);
        assertEquals(
                "4950 child",
                run(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", source.toString()));
    }

    @Test
    @NeedsHost(Feature.NODE)
    void node() throws Exception {
        String program =
                """
                const { Worker } = require('worker_threads'), fs = require('fs'), net = require('net'), cp = require('child_process');
                const server = net.createServer(s => s.end('net')).listen(0, '127.0.0.1', () => {
                  net.connect(server.address().port, '127.0.0.1').on('data', d => {
                    server.close();
                    new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true }).on('message', m =>
                      fs.promises.readFile('/etc/passwd').then(f =>
                        console.log(m, String(d), f.length > 0, cp.execSync('echo child').toString().trim())));
                  });
                });
                """;
        assertEquals("42 net true child", run("/usr/bin/node", "-e", program));
    }

    @Test
    @NeedsHost(Feature.GCC)
    void gccCompilesAndTheResultHasThreads() throws Exception {
        Path source = threads();
        run("/usr/bin/gcc", "-O1", "-pthread", "-o", "threads", source.toString());
        assertEquals("4000", run(directory.resolve("threads").toString()));
    }

    @Test
    @NeedsHost(Feature.MUSL)
    void aStaticMuslBinaryHasThreads() throws Exception {
        Path program = directory.resolve("musl");
        HostProgram.Result built = HostProgram.run(
                "/usr/bin/musl-gcc",
                "-static",
                "-O1",
                "-o",
                program.toString(),
                threads().toString());
        assertEquals(0, built.exit(), built::err);
        assertEquals("4000", run(program.toString()));
    }

    private Path threads() throws Exception {
        return Files.writeString(
                directory.resolve("threads.c"),
                """
                #include <pthread.h>
                #include <stdio.h>
                static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
                static int total;
                static void *work(void *unused) {
                  for (int i = 0; i < 1000; i++) { pthread_mutex_lock(&lock); total++; pthread_mutex_unlock(&lock); }
                  return unused;
                }
                int main(void) {
                  pthread_t t[4];
                  for (int i = 0; i < 4; i++) if (pthread_create(&t[i], 0, work, 0)) return 1;
                  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
                  printf("%d\\n", total);
                  return 0;
                }
                """);
    }

    @Test
    @NeedsHost(Feature.GIT)
    void git() throws Exception {
        String script = "git init -q r && cd r && echo a > f && git add f"
                + " && git -c user.name=n -c user.email=n@example.org commit -qm first && git log --format=%s && git gc -q";
        assertEquals("first", run("/bin/sh", "-c", script));
    }

    @Test
    @NeedsHost(Feature.SQLITE)
    void sqlite() throws Exception {
        assertEquals(
                "3",
                run(
                                "/usr/bin/sqlite3",
                                "db",
                                "pragma journal_mode=wal; create table t(a); insert into t values(1),(2),(3); select count(*) from t;")
                        .lines()
                        .reduce("", (a, b) -> b));
    }

    @Test
    @NeedsHost(Feature.OPENSSL)
    void openssl() throws Exception {
        run("/usr/bin/openssl", "genrsa", "-out", "key.pem", "1024");
        assertTrue(run("/usr/bin/openssl", "rsa", "-in", "key.pem", "-check", "-noout")
                .contains("ok"));
    }

    @Test
    void tar() throws Exception {
        assertEquals(
                "hello", run("/bin/sh", "-c", "echo hello > a && tar czf t.tgz a && rm a && tar xzf t.tgz && cat a"));
    }

    /** They set attributes of files where they can, and have to take a no for an answer. */
    @Test
    void copiesThatKeepWhatTheyCan() throws Exception {
        assertEquals(
                "b b b b",
                run(
                        "/bin/sh",
                        "-c",
                        "echo a > a && sed -i s/a/b/ a && cp -a a c && install -m 644 a d && mkdir e && cp -a a e/ && cp -a e f"
                                + " && mv f /dev/shm/sandjar-$$ && mv /dev/shm/sandjar-$$ g && echo $(cat a c d g/a)"));
    }

    /** Programs inside the whole of untrusted(), as outside: those that a machine for builds has. */
    @TestFactory
    @NeedsHost(Feature.USERNS)
    Stream<DynamicTest> insideUntrusted() {
        return RealPrograms.tests(true);
    }

    /** The rest of the list, which src/test/scripts/install-programs installs. */
    @TestFactory
    @Tag("programs")
    @NeedsHost(Feature.USERNS)
    Stream<DynamicTest> theWholeListInsideUntrusted() {
        return RealPrograms.tests(false);
    }

    @Test
    @NeedsHost(Feature.GCC)
    void whatComputesRunsUnderStrict() throws Exception {
        Path source = Files.writeString(
                directory.resolve("primes.c"),
                """
                #include <stdio.h>
                #include <stdlib.h>
                #include <sys/socket.h>
                #include <unistd.h>
                int main(void) {
                  char *sieve = calloc(1000001, 1);
                  int count = 0;
                  for (int i = 2; i <= 1000000; i++) {
                    if (sieve[i]) continue;
                    count++;
                    for (long j = (long)i * i; j <= 1000000; j += i) sieve[j] = 1;
                  }
                  printf("%d %d %d\\n", count, socket(AF_UNIX, SOCK_STREAM, 0), fork());
                  return 0;
                }
                """);
        List<String> outputs = new ArrayList<>();
        for (String option : List.of("-O1", "-static")) {
            Path program = directory.resolve("primes" + option);
            HostProgram.Result built =
                    HostProgram.run("/usr/bin/gcc", option, "-o", program.toString(), source.toString());
            assertEquals(0, built.exit(), built::err);
            Sandbox strict = standard().seccomp(SeccompProfile.strict()).build();
            outputs.add(strict.run(Command.of(program.toString())).stdout().strip());
        }
        assertEquals(List.of("78498 -1 -1", "78498 -1 -1"), outputs);
    }
}
