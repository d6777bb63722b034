package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.linux.DeviceRule;
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
        Limits current = Limits.none().memory(DataSize.bytes(500_000_000L)).pids(10);
        v2().update(current, Limits.none().pids(20), Trees.NO_DEVICES);
        assertEquals("20", Files.readString(directory.resolve("pids.max")));
        assertEquals("", Files.readString(directory.resolve("memory.max")));
    }

    @Test
    void memoryOfV1KeepsTheSwapThatWasSet() throws IOException {
        memory("0100000000", "0150000000");
        Limits current = Limits.none().memory(DataSize.bytes(100_000_000L)).swap(DataSize.bytes(50_000_000));
        v1().update(current, Limits.none().memory(DataSize.bytes(3000_000_000L)), Trees.NO_DEVICES);
        assertEquals("3000000000", text(Controller.MEMORY, "memory.limit_in_bytes"));
        assertEquals("3050000000", text(Controller.MEMORY, "memory.memsw.limit_in_bytes"));
    }

    @Test
    void raisingBeginsWithTheSumAndLoweringWithMemory() throws IOException {
        file(Controller.MEMORY, "memory.memsw.limit_in_bytes", "0100000000");
        Limits current = Limits.none().memory(DataSize.bytes(100_000_000L));
        SandboxException raised = assertThrows(SandboxException.class, () -> v1().update(
                        current, Limits.none().memory(DataSize.bytes(3000_000_000L)), Trees.NO_DEVICES));
        assertTrue(raised.path().orElseThrow().endsWith("memory.limit_in_bytes"));
        assertEquals(Errno.ENOENT.number(), raised.errno());
        assertEquals("3000000000", text(Controller.MEMORY, "memory.memsw.limit_in_bytes"));
        SandboxException lowered = assertThrows(SandboxException.class, () -> v1().update(
                        current, Limits.none().memory(DataSize.bytes(1000_000_000L)), Trees.NO_DEVICES));
        assertTrue(lowered.path().orElseThrow().endsWith("memory.limit_in_bytes"));
        assertEquals("3000000000", text(Controller.MEMORY, "memory.memsw.limit_in_bytes"));
    }

    @Test
    void aLimitWithoutItsGroupIsRefusedBeforeAnythingIsWritten() throws IOException {
        memory("0100000000", "0100000000");
        Limits change = Limits.none().memory(DataSize.bytes(200_000_000L)).pids(3);
        SandboxException e =
                assertThrows(SandboxException.class, () -> v1().update(Limits.none(), change, Trees.NO_DEVICES));
        assertTrue(e.getMessage().contains("process limit"), e::getMessage);
        assertEquals("0100000000", text(Controller.MEMORY, "memory.limit_in_bytes"));
    }

    @Test
    void whatIsArrangedAtTheStartStays() {
        Limits none = Limits.none();
        Limits together = Limits.none().oomGroup(true);
        assertThrows(SandboxException.class, () -> v1().update(none, together, Trees.NO_DEVICES));
        Limits devices = Limits.none().devices(List.of(DeviceRule.character(1, 3, "r")));
        assertThrows(SandboxException.class, () -> v2().update(none, devices, Trees.NO_DEVICES));
        Limits high = Limits.none().memoryHigh(DataSize.mebibytes(5));
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
