import static dev.sandjar.junit.SandboxAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.junit.EnabledIfSandbox;
import dev.sandjar.junit.SandboxExtension;
import dev.sandjar.junit.Scratch;
import dev.sandjar.verify.Hermeticity;
import dev.sandjar.verify.Hermeticity.Perturbation;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests of a small program, word-list.sh, that see what it reads and writes, and nothing of the machine they run on. */
@EnabledIfSandbox
@ExtendWith(SandboxExtension.class)
class WordListTest {
    static final Path PROGRAM = Path.of(System.getProperty("example.directory"), "word-list.sh");
    private static final Command LIST = Command.of("sh", "/opt/word-list", "/in/text");

    @Test
    void listsEachWordOnce(SandboxBuilder builder) throws Exception {
        Sandbox sandbox = builder.file("/opt/word-list", Files.readString(PROGRAM))
                .file("/in/text", "b a b")
                .build();
        assertThat(sandbox.run(LIST))
                .succeeded()
                .stderrIs("2 words\n")
                .peakMemoryAtMost(DataSize.mebibytes(64))
                .changes()
                .createsOnly("/work/list")
                .text("/work/list", "a\nb\n");
    }

    @Test
    void seesNothingThatNobodyDeclared(SandboxBuilder builder) throws Exception {
        Sandbox sandbox =
                builder.file("/opt/word-list", Files.readString(PROGRAM)).build();
        assertThat(sandbox.run(LIST))
                .failed()
                .stderrContains("/in/text")
                .changes()
                .areNone();
        assertThat(sandbox.run("ls", "/root", PROGRAM.toString())).failed().stderrContains("No such file");
    }

    @Test
    void dependsOnItsInputAlone(SandboxBuilder builder) throws Exception {
        Sandbox sandbox = builder.file("/opt/word-list", Files.readString(PROGRAM))
                .file("/in/text", "b a b")
                .build();
        Hermeticity found = Hermeticity.check(sandbox, LIST);
        assertTrue(found.isHermetic(), found.toString());
    }

    @Test
    void wouldBeFoundOutOtherwise(Sandbox sandbox) throws Exception {
        Hermeticity found = Hermeticity.check(sandbox, Command.of("sh", "-c", "echo $(hostname) in $(date +%Z) >list"));
        assertEquals(1, found.by(Perturbation.HOST_NAME).size());
        assertEquals(1, found.by(Perturbation.TIME_ZONE).size());
        assertEquals("/work/list", found.findings().get(0).subject());
    }

    /** The daemon is killed when the test is over, and the directory is removed. */
    @Test
    void leavesNothingBehind(Sandbox sandbox, @Scratch Path scratch) throws Exception {
        SandboxProcess process =
                sandbox.start("sh", "-c", "(sleep 1000 &) ; echo started >/scratch/log; exec sleep 1000");
        while (!Files.exists(scratch.resolve("log"))) {
            Thread.onSpinWait();
        }
        assertTrue(process.isAlive());
    }
}
