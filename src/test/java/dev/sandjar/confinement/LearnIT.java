package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.Verdict;
import dev.sandjar.seccomp.LearnedProfile;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Profiles learned from runs. */
@KernelTest
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LearnIT {
    private static final int PIPELINES = 40;

    @TempDir
    Path directory;

    private static SandboxBuilder plain() {
        return Sandbox.builder().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    }

    @Test
    void whatWasLearnedIsEnoughAndNoMore() throws Exception {
        Command command = Command.of("/bin/sh", "-c", "cat /etc/passwd | wc -l");
        Sandbox sandbox = plain().build();
        LearnedProfile learned = sandbox.learn(command);
        assertEquals(0, learned.result().exitValue(), () -> learned.result().stderr());
        assertTrue(learned.syscalls().contains("execve") && learned.syscalls().contains("read"), learned::toString);
        assertTrue(learned.syscalls().size() < 80, learned::toString);
        SeccompProfile profile = SeccompProfile.fromJson(learned.toJson());
        Sandbox held =
                plain().seccomp(profile).confinement(c -> c.recordDenials(true)).build();
        RunResult again = held.run(command);
        assertEquals(learned.result().stdout(), again.stdout());
        assertEquals(List.of(), again.report().denials());
        // Something that it did not do then.
        RunResult other = held.run("/bin/sh", "-c", "mkdir " + directory + "/x | cat; test -d " + directory + "/x");
        assertTrue(other.exitValue() != 0, other::toString);
        assertTrue(
                other.report().denials().stream().anyMatch(d -> d.syscall().startsWith("mkdir")),
                other.report()::toString);
    }

    /** Signals come between the calls of the shell, whose handler for ended children restarts none: no call may be undone by them. */
    @Test
    void everyRunOfAPipelineTeachesTheSame() throws Exception {
        Sandbox sandbox = plain().build();
        Command command = Command.of("/bin/sh", "-c", "echo b a | tr ' ' '\\n' | sort");
        LearnedProfile first = sandbox.learn(command);
        for (int i = 0; i < PIPELINES; i++) {
            LearnedProfile next = sandbox.learn(command);
            assertEquals("a\nb\n", next.result().stdout(), next.result()::toString);
            assertEquals(first.syscalls(), next.syscalls());
        }
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PYTHON})
    void threadsSignalsAndStoppedChildrenGoOnAsUsual() throws Exception {
        String program =
                """
                import os, signal, threading
                got = []
                signal.signal(signal.SIGUSR1, lambda *a: got.append("usr1"))
                os.kill(os.getpid(), signal.SIGUSR1)
                threads = [threading.Thread(target=os.getppid) for i in range(8)]
                for t in threads: t.start()
                for t in threads: t.join()
                child = os.fork()
                if child == 0:
                    os.kill(os.getpid(), signal.SIGSTOP)
                    os._exit(7)
                _, status = os.waitpid(child, os.WUNTRACED)
                got.append(os.WIFSTOPPED(status))
                os.kill(child, signal.SIGCONT)
                _, status = os.waitpid(child, 0)
                got.append(os.WEXITSTATUS(status))
                print(*got, flush=True)
                os.abort()
                """;
        LearnedProfile learned = Sandbox.untrusted().build().learn(Command.of("/usr/bin/python3", "-I", "-c", program));
        assertEquals("usr1 True 7", learned.result().stdout().strip(), learned.result()::toString);
        assertEquals(Verdict.SIGNALED, learned.result().report().verdict());
        assertTrue(learned.syscalls().containsAll(List.of("getppid", "wait4", "kill")), learned::toString);
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void aJvmRunsUnderWhatWasLearnedFromIt() throws Exception {
        Command command = Command.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto", "-version");
        Sandbox sandbox = plain().build();
        LearnedProfile learned = sandbox.learn(command);
        assertEquals(0, learned.result().exitValue(), learned.result()::toString);
        RunResult again = sandbox.toBuilder().seccomp(learned.profile()).build().run(command);
        assertEquals(0, again.exitValue(), again::toString);
    }
}
