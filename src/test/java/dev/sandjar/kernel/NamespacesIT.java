package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which namespaces a process is in, and the names and clocks that belong to them. */
@KernelTest
@NeedsHost(Feature.USERNS)
class NamespacesIT {
    private static final String CLOCKS = "import time; print(time.clock_gettime(time.CLOCK_MONOTONIC),"
            + " time.clock_gettime(time.CLOCK_BOOTTIME), time.time())";

    private static String link(String name) throws Exception {
        return Files.readSymbolicLink(Path.of("/proc/self/ns", name)).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"})
    void untrustedCodeIsInANewNamespaceOfEachKind(String name) throws Exception {
        String inside = Guest.sh(Sandbox.untrusted().build(), "readlink /proc/self/ns/" + name);
        assertTrue(inside.matches(name + ":\\[\\d+]"), inside);
        assertNotEquals(link(name), inside);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"})
    void nothingIsNewThatWasNotAskedFor(String name) throws Exception {
        assertEquals(link(name), Guest.sh(Sandbox.builder().build(), "readlink /proc/self/ns/" + name));
    }

    private static Stream<Arguments> single() {
        Map<String, UnaryOperator<SandboxBuilder>> kinds = Map.of(
                "cgroup", SandboxBuilder::cgroupNamespace,
                "ipc", SandboxBuilder::ipcNamespace,
                "mnt", SandboxBuilder::mountNamespace,
                "net", SandboxBuilder::networkNamespace,
                "pid", SandboxBuilder::pidNamespace,
                "time", SandboxBuilder::timeNamespace,
                "user", SandboxBuilder::userNamespace,
                "uts", SandboxBuilder::utsNamespace);
        return kinds.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("single")
    void oneKindAloneLeavesTheOthers(String kind, UnaryOperator<SandboxBuilder> ask) throws Exception {
        Sandbox sandbox = ask.apply(Sandbox.builder()).build();
        boolean implied = Feature.UNPRIVILEGED.isPresent();
        String[] names = {"cgroup", "ipc", "mnt", "net", "time", "user", "uts"};
        String[] links = Guest.sh(sandbox, "cd /proc/self/ns; for n; do readlink $n; done", names)
                .split("\n");
        for (int i = 0; i < names.length; i++) {
            boolean expected = names[i].equals(kind) || (names[i].equals("user") && implied);
            assertEquals(expected, !links[i].equals(link(names[i])), names[i] + " after asking for " + kind);
        }
        if (kind.equals("pid")) {
            assertEquals("2", Guest.sh(sandbox, "echo $$"));
        }
    }

    @Test
    void hostAndDomainName() throws Exception {
        String before = HostProgram.sh("uname -n; cat /proc/sys/kernel/domainname");
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .utsNamespace("jar-7.example")
                .namespaces(n -> n.domainname("shelf"))
                .build();
        assertEquals("jar-7.example\nshelf", Guest.sh(sandbox, "uname -n; cat /proc/sys/kernel/domainname"));
        assertEquals(before, HostProgram.sh("uname -n; cat /proc/sys/kernel/domainname"));
    }

    @Test
    void aNewUtsNamespaceBeginsWithTheHostsName() throws Exception {
        assertEquals(
                HostProgram.sh("uname -n"),
                Guest.sh(Sandbox.builder().utsNamespace().build(), "uname -n"));
    }

    @Test
    @NeedsHost({Feature.TIMENS, Feature.PYTHON})
    void clocksAreShifted() throws Exception {
        Sandbox shifted = Sandbox.builder()
                .namespaces(n -> n.clockOffsets(
                        Duration.ofDays(10).plusMillis(500), Duration.ofDays(-0).plusDays(20)))
                .build();
        double[] before = clocks(HostProgram.python(CLOCKS));
        double[] inside = clocks(Guest.python(shifted, CLOCKS));
        double uptime = Double.parseDouble(Guest.sh(shifted, "cut -d' ' -f1 /proc/uptime"));
        double[] after = clocks(HostProgram.python(CLOCKS));
        assertBetween(before[0] + 864_000.5, inside[0], after[0] + 864_000.5);
        assertBetween(before[1] + 1_728_000, inside[1], after[1] + 1_728_000);
        // The wall clock is the host's, which may be set meanwhile.
        assertBetween(before[2] - 5, inside[2], after[2] + 5);
        assertBetween(before[1] + 1_728_000, uptime, after[1] + 1_728_000);
    }

    @Test
    @NeedsHost({Feature.TIMENS, Feature.PYTHON})
    void aTimeNamespaceWithoutOffsetsShowsTheHostsClocks() throws Exception {
        double[] before = clocks(HostProgram.python(CLOCKS));
        double[] inside = clocks(Guest.python(Sandbox.builder().timeNamespace().build(), CLOCKS));
        double[] after = clocks(HostProgram.python(CLOCKS));
        assertBetween(before[0], inside[0], after[0]);
        assertBetween(before[1], inside[1], after[1]);
    }

    /** However long it has taken to look; a hundredth is what one of them is rounded to. */
    private static void assertBetween(double before, double seen, double after) {
        assertTrue(
                seen >= before - 0.01 && seen <= after + 0.01,
                () -> seen + " is not between " + before + " and " + after);
    }

    private static double[] clocks(String line) {
        return Stream.of(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void systemVObjectsAreNotShared() throws Exception {
        // No other run beside this one, of another user, has the same.
        String key = "0x%x".formatted(0x53 << 24 | ProcessHandle.current().pid());
        String make = "import ctypes; c=ctypes.CDLL(None); print(c.msgget(" + key + ", 0o%o))";
        String create = String.format(make, 01600);
        String open = String.format(make, 0600);
        try {
            assertNotEquals("-1", HostProgram.python(create));
            assertNotEquals("-1", Guest.python(Sandbox.builder().build(), open), "without the namespace it is found");
            assertEquals("-1", Guest.python(Sandbox.builder().ipcNamespace().build(), open));
        } finally {
            HostProgram.run("ipcrm", "-Q", key);
        }
    }

    @Test
    @NeedsHost(Feature.PROC)
    void processesOutsideCantBeSignalled() throws Exception {
        long outside = ProcessHandle.current().pid();
        assertEquals("reached", Guest.sh(Sandbox.builder().build(), "kill -0 " + outside + " && echo reached"));
        Sandbox sandbox = Sandbox.untrusted().build();
        assertEquals("none", Guest.sh(sandbox, "kill -0 " + outside + " 2>/dev/null || echo none"));
        assertEquals("none", Guest.sh(sandbox, "test -e /proc/" + outside + " || echo none"));
    }

    @Test
    void theReportSaysWhatWasEnforced() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        String applied = sandbox.run("true").report().applied().entries().toString();
        for (Isolation isolation : Isolation.values()) {
            if (isolation.name().endsWith("_NAMESPACE")) {
                assertTrue(applied.contains(isolation.label()), isolation.label() + " in\n" + applied);
            }
        }
        assertTrue(sandbox.explain().isPossible());
    }
}
