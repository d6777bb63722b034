package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sandjar.internal.cgroup.GroupUsage.Disk;
import dev.sandjar.internal.cgroup.GroupUsage.Pressure;
import dev.sandjar.internal.cgroup.GroupUsage.Stall;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    private static GroupUsage recorded(String tree) {
        return new LiveGroup(Trees.layout(tree), Trees.roots(tree)).usage();
    }

    private static GroupUsage v1(Controller controller, Map<String, String> texts) {
        Layout layout = new Layout(List.of(new Hierarchy(1, Set.of(controller), texts.keySet())));
        return Statistics.parse(layout, (hierarchy, file) -> texts.get(file));
    }

    @Test
    void v1AsRecorded() {
        GroupUsage usage = recorded("v1-hybrid");
        assertEquals(67108864, usage.memoryPeak());
        assertEquals(1, usage.oomKill());
        assertEquals(1079, usage.memoryMax());
        assertEquals(16384, usage.file());
        assertEquals(0, usage.anon());
        assertEquals(16384, usage.kernel());
        assertEquals(4, usage.majorFaults());
        assertEquals(17422, usage.minorFaults());
        assertEquals(61406737, usage.userNanos() + usage.systemNanos());
        assertEquals(163359401, usage.throttledNanos());
        assertEquals(20, usage.peakProcesses());
        assertEquals(0, usage.processes());
        assertEquals(1, usage.pidsMax());
        assertEquals(List.of(), usage.io());
        assertEquals(Map.of(), usage.pressure());
        assertNull(usage.memoryHigh());
    }

    @Test
    void v2AsRecorded() {
        GroupUsage usage = recorded("v2-root-session");
        assertEquals(392388000L, usage.userNanos());
        assertEquals(59452000L, usage.systemNanos());
        assertEquals(0, usage.throttledNanos());
        assertEquals(3379200, usage.memoryCurrent());
        assertEquals(4956160, usage.memoryPeak());
        assertEquals(3276800, usage.file());
        assertEquals(102400, usage.kernel());
        assertEquals(0, usage.swap());
        assertNull(usage.swapPeak());
        assertEquals(489, usage.minorFaults());
        assertEquals(2, usage.majorFaults());
        assertEquals(2, usage.peakProcesses());
        assertEquals(0, usage.oomKill());
        assertEquals(
                new Pressure(new Stall(0, 0, 0, 357_000), new Stall(0, 0, 0, 357_000)),
                usage.pressure().get(Controller.CPU));
    }

    @Test
    void disksOfV2AsRecorded() {
        assertEquals(
                List.of(new Disk(254, 16, 0, 0, 0, 1), new Disk(254, 0, 131072, 3145728, 5, 4)),
                recorded("v2-dev-service").io());
    }

    @Test
    void devicesWithoutNumbersDoNotSpoilTheNextOne() {
        assertEquals(
                List.of(new Disk(8, 0, 1, 2, 3, 4)),
                DiskTexts.v2("7:1 7:0 8:0 rbytes=1 wbytes=2 rios=3 wios=4\n9:0 \n9:1\n"));
    }

    @Test
    void disksOfV1() {
        GroupUsage usage = v1(
                Controller.IO,
                Map.of(
                        "blkio.throttle.io_service_bytes",
                        "8:0 Read 10\n8:0 Write 20\n8:0 Sync 1\n8:0 Total 30\nTotal 30\n",
                        "blkio.throttle.io_serviced",
                        "8:0 Read 1\n8:0 Write 2\n8:16 Read 3\n"));
        assertEquals(List.of(new Disk(8, 0, 10, 20, 1, 2), new Disk(8, 16, 0, 0, 3, 0)), usage.io());
    }

    @Test
    void processesShorterThanATickDoNotHide() {
        GroupUsage usage = v1(
                Controller.CPUACCT,
                Map.of("cpuacct.usage", "900\n", "cpuacct.usage_user", "0\n", "cpuacct.usage_sys", "0\n"));
        assertEquals(900, usage.userNanos());
        assertEquals(0, usage.systemNanos());
        usage = v1(Controller.CPUACCT, Map.of("cpuacct.usage", "1000\n", "cpuacct.stat", "user 1\nsystem 3\n"));
        assertEquals(250, usage.userNanos());
        assertEquals(750, usage.systemNanos());
        usage = v1(Controller.CPUACCT, Map.of("cpuacct.stat", "user 1\nsystem 3\n"));
        assertEquals(10_000_000, usage.userNanos());
    }

    @Test
    void unlimitedAndHigherNumbersAreNumbers() {
        assertEquals(9223372036854771712L, Numbers.sole("9223372036854771712\n"));
        assertEquals(Long.MAX_VALUE, Numbers.sole("18446744073709551615\n"));
        assertNull(Numbers.sole("18446744073709551616\n"));
        assertNull(Numbers.sole("max\n"));
        assertNull(Numbers.sole("-1"));
        assertNull(Numbers.sole("1 2"));
        assertNull(Numbers.sole("٣"));
        assertNull(Numbers.sole(""));
        assertEquals(Long.MAX_VALUE, Numbers.times(Long.MAX_VALUE / 2, 1000));
    }

    @Test
    void olderKernelsTellTheirMemoryInParts() {
        Layout layout = new Layout(List.of(new Hierarchy(2, Set.of(Controller.MEMORY), Set.of("memory.stat"))));
        GroupUsage usage = Statistics.parse(layout, (h, f) -> "kernel_stack 16384\nslab 100\nanon x\n");
        assertEquals(16484, usage.kernel());
        assertNull(usage.anon());
    }

    @Test
    void withoutSwapItIsTheSumThatFails() {
        GroupUsage usage = v1(Controller.MEMORY, Map.of("memory.failcnt", "1\n", "memory.memsw.failcnt", "7\n"));
        assertEquals(8, usage.memoryMax());
    }

    @Test
    void noLayoutTellsNothing() {
        GroupUsage usage = Statistics.parse(Layout.none(), (hierarchy, file) -> "1");
        assertNull(usage.userNanos());
        assertNull(usage.memoryPeak());
    }
}
