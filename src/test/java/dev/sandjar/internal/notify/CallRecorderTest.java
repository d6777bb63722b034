package dev.sandjar.internal.notify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.seccomp.SyscallCall;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A program that is watched decides how much there is to remember. */
class CallRecorderTest {
    private static final SyscallCall.Memory NONE = new SyscallCall.Memory() {
        @Override
        public byte[] read(long address, int length) throws IOException {
            throw new IOException();
        }

        @Override
        public void write(long address, byte[] data) throws IOException {
            throw new IOException();
        }
    };

    private final CallRecorder recorder = new CallRecorder();

    private void call(int number, long second) {
        recorder.handle(
                new InterceptedCall(0, 0, number, Machine.host().audit(), List.of(0L, second, 0L, 0L, 0L, 0L), NONE));
    }

    private static int number(String name) {
        return SyscallTable.of(Machine.host()).number(name).orElseThrow();
    }

    @Test
    void numbersThatNoCallHasAreNotRemembered() throws Exception {
        for (int i = 0; i < 100_000; i++) {
            call(1_000_000 + i, 0);
        }
        call(number("getpid"), 0);
        recorder.end(null);
        recorder.await();
        assertEquals(1, recorder.remembered());
        assertEquals(List.of("getpid"), recorder.names());
    }

    @Test
    void aFewRequestsBecomeRules() throws Exception {
        for (int i = 0; i < 256; i++) {
            call(number("ioctl"), i);
            call(number("ioctl"), i);
        }
        recorder.end(null);
        recorder.await();
        assertEquals(List.of("ioctl"), recorder.names());
    }

    /** Rules for the first of them would be a profile that the same run does not get on with. */
    @Test
    void tooManyRequestsAreNoProfile() {
        for (int i = 0; i < 100_000; i++) {
            call(number("ioctl"), i);
        }
        recorder.end(null);
        SandboxException e = assertThrows(SandboxException.class, recorder::await);
        assertTrue(e.getMessage().contains("ioctl") && e.getMessage().contains("256"), e.getMessage());
        assertEquals(256 + 1, recorder.remembered());
    }
}
