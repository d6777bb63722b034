package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.MountOption;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that trace, in {@code untrusted()} as it is. Each is tried outside first. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PROC})
class RealTracersIT {
    private static final SeccompProfile WITHOUT = SeccompProfile.standard().toBuilder()
            .deny("ptrace", "process_vm_readv", "process_vm_writev")
            .build();
    private static final int LEAKED = 23;

    @TempDir
    Path directory;

    /** Without cgroups a limit on memory is one on what a process may reserve, and sanitizers reserve 15 TiB that they never use. */
    private static SandboxBuilder untrusted() {
        SandboxBuilder builder = Sandbox.untrusted()
                .tmpfs("/work", DataSize.mebibytes(64), MountOption.EXEC)
                .timeout(Duration.ofMinutes(5))
                .bounds(b -> b.cpuTime(Duration.ofMinutes(5)));
        return Feature.CGROUP_MEMORY.isPresent()
                ? builder.memoryLimit(DataSize.gibibytes(1))
                : builder.memoryLimit(DataSize.gibibytes(32_768)).allowDegraded(Isolation.CGROUP_LIMITS);
    }

    private Path compiled(String name, String source, String... options) throws Exception {
        Path file = Files.writeString(directory.resolve(name + ".c"), source);
        Path program = directory.resolve(name);
        String[] command = new String[options.length + 4];
        System.arraycopy(options, 0, command, 1, options.length);
        command[0] = "/usr/bin/gcc";
        command[options.length + 1] = "-o";
        command[options.length + 2] = program.toString();
        command[options.length + 3] = file.toString();
        HostProgram.Result built = HostProgram.run(command);
        assertEquals(0, built.exit(), built::err);
        return program;
    }

    private static RunResult inside(SandboxBuilder builder, String... command) throws Exception {
        return builder.build().run(command);
    }

    /** LeakSanitizer stops all threads by ptrace when the program ends; where it can't, the program fails. */
    @Test
    @NeedsHost({Feature.GCC, Feature.ASAN})
    void aProgramWithSanitizers() throws Exception {
        Path program = compiled(
                "checked",
                """
                #include <stdio.h>
                #include <stdlib.h>
                int main(int argc, char **argv) {
                  (void)argv;
                  char *volatile p = malloc(100);
                  if (argc == 1) free(p);
                  p = NULL;
                  puts("done");
                  return 0;
                }
                """,
                "-fsanitize=address,undefined");
        SandboxBuilder builder =
                untrusted().bindReadOnly(program, "/checked").env("ASAN_OPTIONS", "exitcode=" + LEAKED);
        RunResult clean = inside(builder, "/checked");
        assertEquals(0, clean.exitValue(), clean::stderr);
        assertEquals("done\n", clean.stdout());
        RunResult leaking = inside(builder, "/checked", "leak");
        assertEquals(LEAKED, leaking.exitValue(), leaking::stderr);
        assertTrue(leaking.stderr().contains("100 byte(s) leaked in 1 allocation"), leaking::stderr);
        RunResult control = inside(builder.seccomp(WITHOUT), "/checked");
        assertEquals(LEAKED, control.exitValue(), control::stderr);
        assertTrue(control.stderr().contains("LeakSanitizer has encountered a fatal error"), control::stderr);
    }

    @Test
    @NeedsHost(Feature.STRACE)
    void strace() throws Exception {
        List<String> command = List.of("strace", "-f", "-e", "trace=execve", "sh", "-c", "/bin/echo seen; true");
        RunResult result = inside(untrusted(), command.toArray(new String[0]));
        assertEquals(0, result.exitValue(), result::stderr);
        assertEquals("seen\n", result.stdout());
        // The texts of arguments are copied from the program's memory.
        assertTrue(result.stderr().contains("execve(\"/bin/echo\", [\"/bin/echo\", \"seen\"]"), result::stderr);
        assertTrue(inside(untrusted().seccomp(WITHOUT), command.toArray(new String[0]))
                        .exitValue()
                != 0);
    }

    @Test
    @NeedsHost({Feature.GCC, Feature.GDB})
    void gdb() throws Exception {
        Path program = compiled(
                "traced",
                """
                #include <stdio.h>
                static int twice(int n) { return 2 * n; }
                int main(void) { printf("%d\\n", twice(21)); return 0; }
                """,
                "-g",
                "-O0");
        String[] command = {
            "gdb",
            "-nx",
            "-batch",
            "-ex",
            "break twice",
            "-ex",
            "run",
            "-ex",
            "print n",
            "-ex",
            "backtrace",
            "-ex",
            "set var n = 4",
            "-ex",
            "continue",
            "/traced"
        };
        SandboxBuilder builder = untrusted().bindReadOnly(program, "/traced");
        RunResult result = inside(builder, command);
        assertEquals(0, result.exitValue(), () -> result.stdout() + result.stderr());
        for (String expected : List.of("$1 = 21", "in main ()", "\n8\n", "exited normally")) {
            assertTrue(result.stdout().contains(expected), () -> expected + ": " + result.stdout() + result.stderr());
        }
        RunResult control = inside(builder.seccomp(WITHOUT), command);
        assertTrue(!control.stdout().contains("$1 = 21"), control::stdout);
    }

    @Test
    void jhsdb() throws Exception {
        Path home = Path.of(System.getProperty("java.home"));
        Path jhsdb = home.resolve("bin/jhsdb");
        if (!Files.isExecutable(jhsdb)) {
            throw new org.opentest4j.TestAbortedException("SKIPPED: " + jhsdb + " is not there");
        }
        Path source = Files.writeString(
                directory.resolve("Sleeper.java"),
                """
                public class Sleeper {
                    public static void main(String[] args) throws Exception {
                        System.out.println("ready");
                        Thread.currentThread().setName("the-sleeper");
                        System.in.read();
                    }
                }
                """);
        HostProgram.Result built =
                HostProgram.run(home.resolve("bin/javac").toString(), "-d", directory.toString(), source.toString());
        assertEquals(0, built.exit(), built::err);
        String script =
                """
                mkfifo /work/in /work/out
                JAVA -Xmx64m -XX:+UseSerialGC -cp /classes Sleeper </work/in >/work/out &
                exec 3>/work/in 4</work/out
                read ready <&4
                jhsdb=$(dirname JAVA)/jhsdb
                $jhsdb jstack --pid $!
                status=$?
                exec 3>&-
                wait
                exit $status
                """
                        .replace("JAVA", home.resolve("bin/java").toString());
        Path classes = Files.createDirectory(directory.resolve("classes"));
        Files.copy(directory.resolve("Sleeper.class"), classes.resolve("Sleeper.class"));
        SandboxBuilder builder = untrusted().bindReadOnly(classes, "/classes").bindReadOnly(home, home.toString());
        RunResult result = inside(builder, "sh", "-c", script);
        assertTrue(result.stdout().contains("\"the-sleeper\""), () -> result.stdout() + result.stderr());
        assertTrue(result.stdout().contains("Sleeper.main"), () -> result.stdout() + result.stderr());
        RunResult control = inside(builder.seccomp(WITHOUT), "sh", "-c", script);
        assertTrue(!control.stdout().contains("Sleeper.main"), control::stdout);
    }
}
