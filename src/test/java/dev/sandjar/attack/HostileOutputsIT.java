package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Rlimit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs of a program that are no ordinary files, or too many, or claim to be larger than any disk. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.OVERLAY, Feature.PYTHON})
class HostileOutputsIT {
    private static final Duration PROMPT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private static Sandbox sandbox() {
        return Sandbox.hermetic()
                .hostPrograms()
                .process(p -> p.rlimit(Rlimit.FSIZE, Rlimit.UNLIMITED))
                .build();
    }

    /** A tool that copies what it finds waits for a writer who never comes. */
    @Test
    void fifosAndSocketsHoldNobodyUp() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertEquals(
                "124", HostProgram.sh("mkfifo " + fifo + "; timeout 1 cp " + fifo + " " + fifo + ".copy; echo $?"));
        String program =
                """
                import os, socket
                os.mkfifo("fifo")
                socket.socket(socket.AF_UNIX).bind("socket")
                open("file", "w").write("plain")
                """;
        Path target = Files.createDirectory(directory.resolve("target"));
        assertTimeoutPreemptively(PROMPT, () -> {
            try (ChangeSet changes = sandbox()
                    .run("/usr/bin/python3", "-I", "-c", program)
                    .orThrow()
                    .changes()
                    .orElseThrow()) {
                assertEquals(
                        ChangeSet.FileType.FIFO,
                        changes.find("/work/fifo").orElseThrow().type());
                assertThrows(IllegalArgumentException.class, () -> changes.content("/work/fifo"));
                assertThrows(IllegalArgumentException.class, () -> changes.content("/work/socket"));
                assertThrows(SandboxException.class, () -> changes.commit(target));
            }
        });
        assertEquals(0, count(target), "nothing is written of what can't be written as a whole");
    }

    @Test
    void aFileOfATebibyteInNoBlocksIsNotCopied() throws Exception {
        Path upper;
        try (SandboxProcess process = sandbox().start("truncate", "-s", "1T", "big")) {
            process.waitForReport();
            upper = process.upperDirectory().orElseThrow();
            String size = HostProgram.sh("find " + upper + " -name big -size +1000G | wc -l");
            assertEquals("1", size, "a careless copy would have filled any disk");
            assertTimeoutPreemptively(PROMPT, () -> {
                SandboxException e = assertThrows(SandboxException.class, process::changes);
                assertTrue(e.getMessage().contains("more than"), e::getMessage);
            });
        }
        assertFalse(Files.exists(upper.getParent().getParent()), "it is removed");
    }

    @Test
    void countlessFilesAreNotListed() throws Exception {
        String program =
                """
                import os
                for d in range(6):
                    os.mkdir("d%d" % d)
                    open("d%d/0" % d, "w").close()
                    for i in range(1, 17000):
                        os.link("d%d/0" % d, "d%d/%d" % (d, i))
                """;
        Path upper;
        try (SandboxProcess process = sandbox().start("/usr/bin/python3", "-I", "-c", program)) {
            assertEquals(0, process.waitForReport().exitValue());
            upper = process.upperDirectory().orElseThrow();
            assertTrue(
                    Integer.parseInt(HostProgram.sh("find " + upper + " | wc -l")) > 100_000,
                    "a careless listing has them all");
            SandboxException e = assertThrows(SandboxException.class, process::changes);
            assertTrue(e.getMessage().contains("more than 100000 changes"), e::getMessage);
        }
        assertFalse(Files.exists(upper.getParent().getParent()), "it is removed");
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        }
    }
}
