package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two programs that must not hear of each other, and a lock that one holds and the other asks for ({@code flock(2)}). */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class SharedLocksIT {
    private static final String HOLD =
            "import fcntl,sys\nf=open(sys.argv[1])\nfcntl.flock(f,fcntl.LOCK_EX)\nprint('held',flush=True)\nsys.stdin.read()";
    private static final String ASK =
            """
            import fcntl, sys
            try:
                fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)
                print("free")
            except BlockingIOError:
                print("taken")
            """;

    @TempDir
    Path directory;

    private static Command python(String program, String file) {
        return Command.of("/usr/bin/python3", "-I", "-c", program, file);
    }

    private static String heard(Sandbox first, Sandbox second, String file) throws Exception {
        try (SandboxProcess holder = first.start(python(HOLD, file))) {
            assertEquals("held", holder.inputReader().readLine());
            return second.run(python(ASK, file)).orThrow().stdout().strip();
        }
    }

    private static String heard(SandboxBuilder one, String file) throws Exception {
        return heard(one.build(), one.build(), file);
    }

    /** The control, and what remains: files of the host that both can open are one file with one lock. */
    @Test
    void filesOfTheHostAreOneChannel() throws Exception {
        Path shared = Files.writeString(directory.resolve("shared"), "x");
        Sandbox plain = Sandbox.builder().build();
        assertEquals("taken", heard(plain, plain, shared.toString()));
        assertEquals("taken", heard(Sandbox.untrusted(), "/usr/bin/env"));
    }

    /** What Sandjar makes for a sandbox is its own. */
    @Test
    void filesOfASandboxsOwnAreNone() throws Exception {
        assertEquals("free", heard(Sandbox.untrusted().file("/tmp/own", "x"), "/tmp/own"));
        SandboxBuilder hermetic = Sandbox.hermetic().hostPrograms();
        assertEquals("free", heard(hermetic, "/etc/passwd"));
        assertEquals("free", heard(hermetic.file("/work/own", "x"), "/work/own"));
        Sandbox same = hermetic.build();
        same.run("true");
        assertEquals("free", heard(same, same, "/etc/passwd"));
    }
}
