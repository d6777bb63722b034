package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.KernelTest;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
}
