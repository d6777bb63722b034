package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.Rlimit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.Signal;
import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.MemoryPolicy;
import dev.sandjar.linux.Scheduling;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a program begins with. */
@KernelTest
class ProcessSetupIT {
    private static SandboxBuilder plain() {
        return Sandbox.builder();
    }

    private static String status(Sandbox sandbox, String field) throws Exception {
        return Guest.sh(sandbox, "awk '/^" + field + ":/ {print $2}' /proc/self/status");
    }

    @Test
    void theEnvironmentIsEmpty() throws Exception {
        assertEquals("", plain().build().run("/usr/bin/env").stdout());
        assertFalse(HostProgram.run("/usr/bin/env").out().isEmpty());
    }

    @Test
    void onlyWhatIsNamedIsInTheEnvironment() throws Exception {
        Sandbox sandbox = plain().env("A", "1")
                .env("B", "a b\nc")
                .process(p -> p.inheritEnv("PATH", "NOT_THERE_AT_ALL"))
                .build();
        assertEquals(
                "A=1 B=3 C= PATH=" + System.getenv("PATH"),
                sandbox.run(Command.of("/usr/bin/env", "-0").env("B", "3").env("C", ""))
                        .stdout()
                        .replace('\0', '\n')
                        .lines()
                        .sorted()
                        .reduce((a, b) -> a + " " + b)
                        .orElse(""));
    }

    @Test
    void directoryArgumentZeroAndUmask() throws Exception {
        Sandbox sandbox =
                plain().workingDirectory("/usr/lib").process(p -> p.umask(0137)).build();
        assertEquals("/usr/lib\n0137", Guest.sh(sandbox, "pwd -P; umask"));
        assertEquals(
                "/usr/bin",
                sandbox.run(Command.of("/bin/pwd", "-P").directory("/usr/bin"))
                        .stdout()
                        .strip());
        assertEquals(
                "other\n",
                sandbox.run(Command.of("/bin/sh", "-c", "echo $0").arg0("x").arg0("other"))
                        .stdout()
                        .replace("/bin/sh", "other"));
        byte[] line = sandbox.run(Command.of("/bin/cat", "/proc/self/cmdline").arg0("--renamed"))
                .stdoutBytes();
        assertEquals("--renamed\0/proc/self/cmdline\0", new String(line, java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void itLeadsASessionOfItsOwn() throws Exception {
        String ids = Guest.sh(plain().build(), "echo $$; awk '{print $5, $6, $7}' /proc/$$/stat");
        String pid = ids.lines().findFirst().orElseThrow();
        assertEquals(
                pid + "\n" + pid + " " + pid + " 0", ids, "group and session are its own, and there is no terminal");
    }

    @Test
    void priorities() throws Exception {
        Sandbox sandbox = plain().process(
                        p -> p.nice(7).ioPriority(IoPriority.idle()).oomScoreAdj(321))
                .build();
        assertEquals("7 321", Guest.sh(sandbox, "echo $(nice) $(cat /proc/self/oom_score_adj)"));
        assertEquals("idle", Guest.sh(sandbox, "ionice"));
        assertEquals(
                "best-effort: prio 6",
                Guest.sh(
                        plain().process(p -> p.ioPriority(IoPriority.bestEffort(6)))
                                .build(),
                        "ionice"));
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void whoMayNotBeSparedWhenMemoryRunsOutLearnsWhy() {
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> plain().process(p -> p.oomScoreAdj(-1000)).build().run("/bin/true"));
        assertTrue(e.getMessage().contains("CAP_SYS_RESOURCE"), e.getMessage());
    }

    /** In a user namespace even of root: the kernel asks for the right outside. */
    @Test
    @NeedsHost(Feature.USERNS)
    void whatTheKernelWouldRefuseIsToldBeforeTheStart() throws Exception {
        List<Map.Entry<String, SandboxBuilder>> all = List.of(
                Map.entry("CAP_SYS_NICE", plain().userNamespace().process(p -> p.nice(-20))),
                Map.entry("CAP_SYS_NICE", plain().userNamespace().process(p -> p.scheduling(Scheduling.other(-20)))),
                Map.entry("CAP_SYS_NICE", plain().userNamespace().process(p -> p.scheduling(Scheduling.fifo(50)))),
                Map.entry(
                        "CAP_SYS_NICE",
                        plain().userNamespace()
                                .process(p -> p.scheduling(Scheduling.deadline(
                                        Duration.ofMillis(1), Duration.ofMillis(10), Duration.ofMillis(10))))),
                Map.entry("CAP_SYS_NICE", plain().userNamespace().process(p -> p.ioPriority(IoPriority.realtime(0)))),
                Map.entry("CAP_SYS_RESOURCE", plain().userNamespace().process(p -> p.oomScoreAdj(-1000))));
        assumeTrue(HostProgram.sh(
                        "nice; cat /proc/self/oom_score_adj; ulimit -e 2>/dev/null || echo 0; ulimit -r 2>/dev/null || echo 0")
                .equals("0\n0\n0\n0"));
        for (Map.Entry<String, SandboxBuilder> each : all) {
            Sandbox sandbox = each.getValue().build();
            assertFalse(
                    sandbox.explain().isPossible(), sandbox.explain().entries().toString());
            SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("true"));
            assertTrue(e.getMessage().contains(each.getKey()), e.getMessage());
            assertTrue(e.getMessage().contains("the sandbox has one of its own"), e.getMessage());
            assertTrue(e.remedy().contains("without a user namespace"), e.getMessage());
        }
        assertEquals(
                "5", Guest.sh(plain().userNamespace().process(p -> p.nice(5)).build(), "nice"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void rootMayPutFirstWhatHasNoUserNamespace() throws Exception {
        Sandbox sandbox = plain().process(p -> p.nice(-5)).build();
        assertEquals("-5", Guest.sh(sandbox, "nice"));
        Sandbox first =
                plain().process(p -> p.ioPriority(IoPriority.realtime(2))).build();
        assertEquals("realtime: prio 2", Guest.sh(first, "ionice"));
    }

    @Test
    void aCapabilityThatThisProcessLacksIsNamed() throws Exception {
        long own = Long.parseLong(HostProgram.sh("awk '/^CapEff:/ {print $2}' /proc/self/status"), 16);
        assumeTrue((own >>> Capability.SYS_RESOURCE.number() & 1) == 0);
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> plain().keepCapabilities(Capability.SYS_RESOURCE).build().run("true"));
        assertTrue(e.getMessage().contains("does not have CAP_SYS_RESOURCE itself"), e.getMessage());
        assertFalse(e.remedy().contains("root"), e.getMessage());
    }

    @Test
    void affinity() throws Exception {
        String allowed = HostProgram.sh("awk '/^Cpus_allowed_list:/ {print $2}' /proc/self/status");
        String one = allowed.split("[-,]")[0];
        Sandbox sandbox =
                plain().process(p -> p.cpuAffinity(Integer.parseInt(one), 8000)).build();
        assertEquals(one, status(sandbox, "Cpus_allowed_list"));
        assertEquals(allowed, status(plain().build(), "Cpus_allowed_list"));
    }

    @Test
    void resourceLimits() throws Exception {
        Sandbox sandbox = plain().process(p -> p.rlimit(Rlimit.NOFILE, 40, 50)
                        .rlimit(Rlimit.FSIZE, 4096)
                        .rlimit(Rlimit.CPU, 30))
                .build();
        assertEquals("40 50 30", Guest.sh(sandbox, "echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -t)"));
        assertEquals("4096 4096", Guest.sh(sandbox, "awk '/^Max file size/ {print $4, $5}' /proc/self/limits"));
    }

    @Test
    void noNewPrivilegesAlways() throws Exception {
        assertEquals("1", status(plain().build(), "NoNewPrivs"));
        assertEquals("0", HostProgram.sh("awk '/^NoNewPrivs:/ {print $2}' /proc/self/status"));
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void capabilitiesAreDroppedFromEverySet() throws Exception {
        for (Sandbox sandbox : new Sandbox[] {
            Sandbox.untrusted().build(), plain().userNamespace().user(0, 0).build()
        }) {
            for (String set : new String[] {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
                assertEquals("0000000000000000", status(sandbox, set), set);
            }
        }
    }

    @Test
    @NeedsHost(Feature.CAPABLE)
    void capabilitiesOfRootAreDroppedWithoutANamespaceToo() throws Exception {
        for (String set : new String[] {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
            assertEquals("0000000000000000", status(plain().build(), set), set);
        }
        assertNotEquals("0000000000000000", HostProgram.sh("awk '/^CapEff:/ {print $2}' /proc/self/status"));
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void keptCapabilitiesAreInEverySet() throws Exception {
        Sandbox sandbox = plain().userNamespace()
                .user(1000, 1000)
                .keepCapabilities(Capability.NET_BIND_SERVICE, Capability.SYS_ADMIN)
                .build();
        String expected = String.format(
                "%016x", 1L << Capability.NET_BIND_SERVICE.number() | 1L << Capability.SYS_ADMIN.number());
        for (String set : new String[] {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
            assertEquals(expected, status(sandbox, set), set);
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void aNewSessionKeyring() throws Exception {
        // KEYCTL_GET_KEYRING_ID of the session keyring, without making one.
        String program = "import ctypes; c = ctypes.CDLL(None); print(c.syscall(250, 0, -3, 0))";
        String outside = HostProgram.python(program);
        assertEquals(outside, Guest.python(plain().build(), program));
        String inside = Guest.python(plain().process(p -> p.newKeyring(true)).build(), program);
        assertNotEquals(outside, inside);
        assertTrue(Integer.parseInt(inside) > 0, inside);
    }

    @Test
    void coreDumps() throws Exception {
        String limit = "awk '/^Max core file size/ {print $5, $6}' /proc/self/limits";
        assertEquals("1 1", Guest.sh(plain().build(), limit));
        assertEquals(
                "1 1",
                Guest.sh(plain().process(p -> p.rlimit(Rlimit.CORE, 0)).build(), limit),
                "0 would be the weaker ban");
        assertEquals(
                HostProgram.sh(limit),
                Guest.sh(plain().process(p -> p.coreDumps(true)).build(), limit));
        var report = plain().build().run("/bin/sh", "-c", "kill -SEGV $$").report();
        assertEquals(Signal.SEGV, report.signal().orElseThrow());
        assertFalse(report.coreDumped());
    }

    @Test
    void personality() throws Exception {
        assertEquals(
                "00040000",
                Guest.sh(plain().process(p -> p.personality(0x0040000)).build(), "cat /proc/self/personality"));
        assertEquals("00000000", Guest.sh(plain().build(), "cat /proc/self/personality"));
    }

    /** As the kernel tells it of memory that has no policy of its own; every machine has a node 0. */
    private static String memoryPolicy(MemoryPolicy policy) throws Exception {
        return Guest.sh(
                plain().process(p -> p.memoryPolicy(policy)).build(),
                "head -n 1 /proc/self/numa_maps | cut -d ' ' -f 2");
    }

    @Test
    @NeedsHost(Feature.NUMA)
    void memoryPolicies() throws Exception {
        assertEquals("bind:0", memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.BIND, 0)));
        assertEquals("interleave:0", memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.INTERLEAVE, 0)));
        assertEquals("prefer:0", memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.PREFERRED, 0)));
        assertEquals("local", memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.LOCAL)));
        assertEquals("default", memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.DEFAULT)));
        assertEquals(
                "bind=static:0",
                memoryPolicy(MemoryPolicy.of(MemoryPolicy.Mode.BIND, 0).withFlags(MemoryPolicy.Flag.STATIC_NODES)));
        assertEquals(
                "interleave=relative:0",
                memoryPolicy(
                        MemoryPolicy.of(MemoryPolicy.Mode.INTERLEAVE, 0).withFlags(MemoryPolicy.Flag.RELATIVE_NODES)));
    }

    @Test
    @NeedsHost(Feature.NUMA)
    void aMemoryPolicyOfNodesThatAreNotThere() {
        MemoryPolicy policy = MemoryPolicy.of(MemoryPolicy.Mode.BIND, 1_023);
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> plain().process(p -> p.memoryPolicy(policy)).build().run("/bin/true"));
        assertTrue(e.getMessage().contains("set the memory policy: set_mempolicy"), e.getMessage());
        assertTrue(e.getMessage().contains("the machine has memory nodes 0"), e.getMessage());
    }

    @Test
    void signalsAreNeitherBlockedNorIgnored() throws Exception {
        // Some kinds of awk ignore signals themselves.
        for (String field : new String[] {"SigBlk", "SigIgn"}) {
            String mask = plain().build()
                    .run("/usr/bin/sed", "-n", "s/^" + field + ":\t//p", "/proc/self/status")
                    .stdout();
            assertEquals("0000000000000000", mask.strip(), field);
        }
    }

    @Test
    @NeedsHost(Feature.ID_RANGE)
    void everythingAtOnce() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .process(p -> p.nice(3).oomScoreAdj(500).rlimit(Rlimit.NOFILE, 99))
                .build();
        assertEquals(
                "3 500 99 1000",
                Guest.sh(sandbox, "echo $(nice) $(cat /proc/self/oom_score_adj) $(ulimit -n) $(id -u)"));
    }
}
