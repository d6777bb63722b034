package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.policy.DeviceRulePolicy;
import dev.sandjar.internal.policy.LimitsPolicy;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On ordinary files; what the kernel makes of them is the kernel tests'. */
class LiveGroupTest {
    private static final Layout V1 = Trees.layout("v1-hybrid");
    private static final Layout V2 = Trees.layout("v2-dev-scope");

    @TempDir
    Path directory;

    private LiveGroup v1() {
        return new LiveGroup(
                V1,
                V1.hierarchies().stream()
                        .map(h -> directory.resolve(h.controllers().toString()))
                        .toList());
    }

    private LiveGroup v2() {
        return new LiveGroup(V2, List.of(directory));
    }

    private void file(Controller controller, String name, String text) {
        Trees.file(directory, "/[" + controller + "]/" + name, text);
    }

    private String text(Controller controller, String name) throws IOException {
        return Files.readString(directory.resolve("[" + controller + "]").resolve(name));
    }

    private void memory(String limit, String both) {
        file(Controller.MEMORY, "memory.limit_in_bytes", limit);
        file(Controller.MEMORY, "memory.memsw.limit_in_bytes", both);
    }

    @Test
    void onlyWhatChangesIsWritten() throws IOException {
        Trees.file(directory, "/pids.max", "");
        Trees.file(directory, "/memory.max", "");
        LimitsPolicy current = new LimitsBuilder().memory(500).pids(10).build();
        v2().update(current, new LimitsBuilder().pids(20).build(), Trees.NO_DEVICES);
        assertEquals("20", Files.readString(directory.resolve("pids.max")));
        assertEquals("", Files.readString(directory.resolve("memory.max")));
    }

    @Test
    void memoryOfV1KeepsTheSwapThatWasSet() throws IOException {
        memory("0100", "0150");
        LimitsPolicy current = new LimitsBuilder().memory(100).swap(50).build();
        v1().update(current, new LimitsBuilder().memory(3000).build(), Trees.NO_DEVICES);
        assertEquals("3000", text(Controller.MEMORY, "memory.limit_in_bytes"));
        assertEquals("3050", text(Controller.MEMORY, "memory.memsw.limit_in_bytes"));
    }

    @Test
    void raisingBeginsWithTheSumAndLoweringWithMemory() throws IOException {
        file(Controller.MEMORY, "memory.memsw.limit_in_bytes", "0100");
        LimitsPolicy current = new LimitsBuilder().memory(100).build();
        SandboxException raised = assertThrows(SandboxException.class, () -> v1().update(
                        current, new LimitsBuilder().memory(3000).build(), Trees.NO_DEVICES));
        assertTrue(raised.path().orElseThrow().endsWith("memory.limit_in_bytes"));
        assertEquals(Errno.ENOENT.number(), raised.errno());
        assertEquals("3000", text(Controller.MEMORY, "memory.memsw.limit_in_bytes"));
        SandboxException lowered = assertThrows(SandboxException.class, () -> v1().update(
                        current, new LimitsBuilder().memory(1000).build(), Trees.NO_DEVICES));
        assertTrue(lowered.path().orElseThrow().endsWith("memory.limit_in_bytes"));
        assertEquals("3000", text(Controller.MEMORY, "memory.memsw.limit_in_bytes"));
    }

    @Test
    void aLimitWithoutItsGroupIsRefusedBeforeAnythingIsWritten() throws IOException {
        memory("0100", "0100");
        LimitsPolicy change = new LimitsBuilder().memory(200).pids(3).build();
        SandboxException e =
                assertThrows(SandboxException.class, () -> v1().update(LimitsPolicy.none(), change, Trees.NO_DEVICES));
        assertTrue(e.getMessage().contains("process limit"), e::getMessage);
        assertEquals("0100", text(Controller.MEMORY, "memory.limit_in_bytes"));
    }

    @Test
    void whatIsArrangedAtTheStartStays() {
        LimitsPolicy none = LimitsPolicy.none();
        LimitsPolicy together = new LimitsBuilder().oomGroup(true).build();
        assertThrows(SandboxException.class, () -> v1().update(none, together, Trees.NO_DEVICES));
        LimitsPolicy devices = new LimitsBuilder()
                .devices(List.of(new DeviceRulePolicy('c', 1, 3, "r")))
                .build();
        assertThrows(SandboxException.class, () -> v2().update(none, devices, Trees.NO_DEVICES));
        LimitsPolicy high = new LimitsBuilder().memoryHigh(5).build();
        assertThrows(SandboxException.class, () -> v1().update(none, high, Trees.NO_DEVICES));
    }

    @Test
    void processesAreThoseOfTheGroupAndBelow() {
        Trees.file(directory, "/cgroup.procs", "12\n7\n0\nx\n");
        Trees.file(directory, "/below/cgroup.procs", "13\n");
        assertEquals(Set.of(7L, 12L, 13L), v2().processes());
        assertEquals(Set.of(), v1().processes());
    }

    @Test
    void v2FreezesByItsSwitch() throws IOException {
        Trees.file(directory, "/cgroup.freeze", "0\n");
        Trees.file(directory, "/cgroup.events", "populated 1\nfrozen 1\n");
        v2().freeze();
        assertEquals("1\n", Files.readString(directory.resolve("cgroup.freeze")));
        Trees.file(directory, "/cgroup.events", "populated 1\nfrozen 0\n");
        v2().thaw();
        assertEquals("0\n", Files.readString(directory.resolve("cgroup.freeze")));
    }

    @Test
    void thereMayBeNothingToFreezeWith() {
        assertThrows(SandboxException.class, () -> v2().freeze());
        LiveGroup none = new LiveGroup(Layout.none(), List.of());
        SandboxException e = assertThrows(SandboxException.class, none::freeze);
        assertFalse(e.remedy().isEmpty());
    }

    @Test
    void theErrorNumberIsInTheText() {
        assertEquals(Errno.EBUSY.number(), GroupFiles.errno(new IOException("Device or resource busy")));
        assertEquals(Errno.EINVAL.number(), GroupFiles.errno(new FileSystemException("/x", null, "Invalid argument")));
        assertEquals(0, GroupFiles.errno(new IOException("something else")));
        assertEquals(0, GroupFiles.errno(new IOException()));
    }
}
