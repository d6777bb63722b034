package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Descriptor;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The streams of a process do all that a stream of the JDK's own processes does. */
@KernelTest
class StreamsIT {
    private static final String SCRIPT = "eval \"exec 9>&$SANDJAR_FD_A\"; "
            + "for n in 1 2 9; do printf 0123456789abcdef >&$n; done; "
            + "read line; for n in 1 2 9; do printf more >&$n; done";

    @Test
    void skipAvailableAndTheRest() throws Exception {
        Sandbox sandbox = Sandbox.builder().env("PATH", "/usr/bin:/bin").build();
        Command command = Command.of("sh", "-c", SCRIPT).descriptor("a", Descriptor.pipeOut());
        try (SandboxProcess process = sandbox.start(command)) {
            InputStream[] streams = {process.getInputStream(), process.getErrorStream(), process.descriptorInput("a")};
            for (InputStream in : streams) {
                in.skipNBytes(3);
                assertEquals('3', in.read());
                assertEquals(2, in.skip(2));
                assertArrayEquals(new byte[] {'6', '7'}, in.readNBytes(2));
                assertEquals(8, in.available());
            }
            process.getOutputStream().close();
            for (InputStream in : streams) {
                ByteArrayOutputStream rest = new ByteArrayOutputStream();
                in.transferTo(rest);
                assertEquals("89abcdefmore", rest.toString(StandardCharsets.US_ASCII));
                assertEquals(0, in.available());
                assertEquals(0, in.skip(1));
            }
        }
    }

    /** As the logs of many images do. */
    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void programsOpenTheirStreamsByName() throws Exception {
        for (Sandbox sandbox : List.of(
                Sandbox.untrusted().build(),
                Sandbox.untrusted().outputLimit(DataSize.kibibytes(1)).build(),
                Sandbox.untrusted().user(0, 0).build())) {
            String script =
                    "cat /dev/stdin; echo out >/dev/stdout; echo error >/dev/stderr; echo more >/proc/self/fd/1";
            RunResult result = sandbox.run(Command.of("sh", "-ec", script).input("in\n"));
            assertEquals("in\nout\nmore\n", result.stdout(), result.toString());
            assertEquals("error\n", result.stderr());
        }
    }
}
