package dev.sandjar.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.kernel.Kernel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PipeEndTest {
    private static final int F_SETPIPE_SZ = 1031;
    private final Set<String> before = Fds.open();
    private Kernel kernel;

    @BeforeEach
    void kernel() throws SandboxException {
        kernel = Kernel.get();
    }

    @AfterEach
    void nothingStaysOpen() {
        Fds.assertNoneBeyond(before);
    }

    private int[] pipe() throws SandboxException {
        return Calls.pipe(kernel, "test");
    }

    @Test
    void whatIsLeftOfAnEndedProgramIsKeptWithoutThePipe() throws Exception {
        int[] pipe = pipe();
        PipeInput in = Pipes.reader(kernel, pipe[0]);
        kernel.write(pipe[1], new byte[] {1, 2, 3}, 0, 3);
        assertEquals(1, in.read());
        kernel.close(pipe[1]);
        in.takeRest();
        Fds.assertNoneBeyond(before);
        assertEquals(2, in.available());
        assertArrayEquals(new byte[] {2, 3}, in.readAllBytes());
        assertEquals(-1, in.read());
        assertEquals(0, in.available());
        in.close();
        assertThrows(IOException.class, in::read);
        assertThrows(IOException.class, in::available);
    }

    @Test
    void thePipeStaysWhileSomebodyCanWrite() throws Exception {
        int[] pipe = pipe();
        PipeInput in = Pipes.reader(kernel, pipe[0]);
        kernel.write(pipe[1], new byte[] {1}, 0, 1);
        in.takeRest();
        kernel.write(pipe[1], new byte[] {2}, 0, 1);
        kernel.close(pipe[1]);
        assertArrayEquals(new byte[] {1, 2}, in.readAllBytes());
        in.close();
    }

    @Test
    void atTheEndThePipeIsGivenBack() throws Exception {
        int[] pipe = pipe();
        PipeInput in = Pipes.reader(kernel, pipe[0]);
        kernel.close(pipe[1]);
        assertEquals(-1, in.read());
        Fds.assertNoneBeyond(before);
        assertEquals(-1, in.read());
        in.takeRest();
        in.close();
    }

    @Test
    void memoryForWhatIsLeftIsBounded() throws Exception {
        int size = 1 << 20;
        List<PipeInput> inputs = new ArrayList<>();
        long written = 0;
        long kept = 0;
        for (int i = 0; i < 65; i++) {
            int[] pipe = pipe();
            kernel.fcntl(pipe[1], F_SETPIPE_SZ, size);
            PipeInput in = Pipes.reader(kernel, pipe[0]);
            inputs.add(in);
            kernel.fcntl(pipe[1], Kernel.F_SETFL, Kernel.O_NONBLOCK);
            byte[] block = new byte[size];
            written += kernel.write(pipe[1], block, 0, size);
            kernel.close(pipe[1]);
            in.takeRest();
        }
        Set<String> open = Fds.open();
        open.removeAll(before);
        // Not every user may have pipes so large.
        assertEquals(written > 64L << 20, !open.isEmpty(), "64 MiB are the most that is kept");
        for (PipeInput in : inputs) {
            kept += in.readAllBytes().length;
            in.close();
        }
        assertEquals(written, kept, "nothing is lost");
        // What was read is kept no more.
        int[] pipe = pipe();
        PipeInput in = Pipes.reader(kernel, pipe[0]);
        kernel.write(pipe[1], new byte[100], 0, 100);
        kernel.close(pipe[1]);
        in.takeRest();
        Fds.assertNoneBeyond(before);
        in.close();
    }

    @Test
    void writingToNobodyFails() throws Exception {
        int[] pipe = pipe();
        PipeOutput out = Pipes.writer(kernel, pipe[1]);
        out.write(1);
        kernel.close(pipe[0]);
        assertThrows(IOException.class, () -> out.write(1));
        out.readerIsGone();
        Fds.assertNoneBeyond(before);
        assertThrows(IOException.class, () -> out.write(1));
        out.close();
    }
}
