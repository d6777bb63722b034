package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where this process or the host has too little of something, a failed start says of what, and what helps. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class ShortagesIT {
    @TempDir
    Path directory;

    private HostProgram.Result under(String shell, String preparation, String kind, String... options) {
        List<String> command = new ArrayList<>(List.of(shell.split(" ")));
        command.addAll(List.of(
                "-c",
                preparation + " && shift && exec \"$@\"",
                "sh",
                directory.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dslf4j.internal.verbosity=ERROR"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ShortagesMain.class.getName(), kind));
        return HostProgram.run(command.toArray(String[]::new));
    }

    @Test
    void ofDescriptors() {
        int told = 0;
        for (int limit = 72; limit >= 40; limit -= 8) {
            HostProgram.Result result = under("bash", "ulimit -n " + limit, "untrusted");
            if (result.out().contains("message")) {
                assertTrue(result.out().contains("Too many open files"), limit + ": " + result);
                assertTrue(result.out().contains("ulimit -n"), limit + ": " + result);
                assertFalse(
                        result.out().contains(Path.of("memfd").toAbsolutePath().toString()), result::toString);
                told++;
            } else {
                assertTrue(
                        result.exit() != 0 || result.out().contains("EXITED"),
                        limit + ": " + result); // Java's own need
            }
        }
        assertTrue(told > 0, "none of these is too few for a sandbox and enough for Java");
        assertTrue(under("bash", "ulimit -n 256", "untrusted").out().contains("EXITED"));
    }

    @Test
    void ofTheSizeOfFiles() {
        String out = under("bash", "ulimit -f 1", "untrusted", "-Djna.tmpdir=" + directory)
                .out();
        assertTrue(out.contains("File too large") && out.contains("ulimit -f"), out);
    }

    @Test
    void ofRoomForChanges() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        String shell = "unshare --user --map-root-user --mount bash";
        String mount = "mount -t tmpfs -o size=8k none \"$1/small\"";
        String[] options = {"-Djna.tmpdir=" + directory, "-Djava.io.tmpdir=" + small};
        HostProgram.Result result = under(
                shell,
                mount + " && (dd if=/dev/zero of=\"$1/small/x\" bs=8k count=1 2>/dev/null)",
                "captured",
                options);
        assertTrue(result.out().contains("ENOSPC") && result.out().contains("-Djava.io.tmpdir="), result::toString);
        assertTrue(result.out().contains(small.toString()), result::toString);
        assertTrue(under(shell, "true", "captured", options).out().contains("EXITED"));
    }
}
