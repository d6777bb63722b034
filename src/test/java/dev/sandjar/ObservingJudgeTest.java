package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.internal.notify.Call;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A program that is watched decides how much there is to remember. */
class ObservingJudgeTest {
    private static final Call.Memory NONE = new Call.Memory() {
        @Override
        public byte[] read(long address, int length) throws IOException {
            throw new IOException();
        }

        @Override
        public void write(long address, byte[] data) throws IOException {
            throw new IOException();
        }
    };

    private final ObservingJudge judge = new ObservingJudge();

    private void call(int number, long second) {
        judge.judge(new Call(0, 0, number, Machine.host().audit(), List.of(0L, second, 0L, 0L, 0L, 0L), NONE));
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
        judge.end(null);
        judge.await();
        assertEquals(1, judge.remembered());
        assertEquals(List.of("getpid"), judge.names());
    }

    @Test
    void aFewRequestsBecomeRules() throws Exception {
        for (int i = 0; i < 256; i++) {
            call(number("ioctl"), i);
            call(number("ioctl"), i);
        }
        judge.end(null);
        judge.await();
        assertEquals(List.of("ioctl"), judge.names());
    }

    /** Rules for the first of them would be a profile that the same run does not get on with. */
    @Test
    void tooManyRequestsAreNoProfile() {
        for (int i = 0; i < 100_000; i++) {
            call(number("ioctl"), i);
        }
        judge.end(null);
        SandboxException e = assertThrows(SandboxException.class, judge::await);
        assertTrue(e.getMessage().contains("ioctl") && e.getMessage().contains("256"), e.getMessage());
        assertEquals(256 + 1, judge.remembered());
    }
}
