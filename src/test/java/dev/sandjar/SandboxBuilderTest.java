package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static dev.sandjar.testing.Refusals.refusesState;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.linux.CapabilitySets;
import dev.sandjar.linux.IoPriority;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxBuilderTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "build-7", "jobs/nightly:3@eu+b_c.d", "0"})
    void aNameIsTheHostsAlone(String name) {
        Sandbox named = Sandbox.builder().name(name).build();
        assertEquals(Optional.of(name), named.name());
        assertEquals(Optional.of(name), named.toBuilder().build().name());
        assertTrue(named.toString().contains(name), named::toString);
        assertEquals(Sandbox.builder().build(), named);
        assertEquals(Sandbox.builder().build().hashCode(), named.hashCode());
        assertEquals(Optional.empty(), Sandbox.builder().build().name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "-a",
                "a\nb",
                "\u00e4",
                "a\u001b[1m",
                "0123456789012345678901234567890123456789012345678901234567890123x"
            })
    void aNameThatWouldSpoilALogIsRefused(String name) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Sandbox.builder().name(name));
        assertTrue(e.getMessage().startsWith("name \"") && !e.getMessage().contains("\n"), e::getMessage);
    }

    private static SandboxBuilder builder() {
        return Sandbox.builder();
    }

    private static Sandbox policy(SandboxBuilder builder) {
        return builder.build();
    }

    @Test
    void aRootOfItsOwnKeepsItsMountNamespace() {
        for (SandboxBuilder preset :
                List.of(Sandbox.untrusted(), Sandbox.hermetic(), builder().rootfs(RootFs.hostReadOnly()))) {
            preset.without(Isolation.MOUNT_NAMESPACE);
            refusesState(preset::build, "without(MOUNT_NAMESPACE)", "Sandbox.builder()", "allowDegraded");
            preset.mountNamespace().build();
        }
        assertEquals(
                Namespaces.none(),
                policy(builder().mountNamespace().without(Isolation.MOUNT_NAMESPACE))
                        .namespaces());
    }

    @Test
    void aMissingArgumentIsNamed() {
        names(() -> builder().env(null), "environment variables");
        names(() -> builder().env("A", null), "\"A\"");
        names(() -> builder().env(null, "a"), "name of an environment variable");
        names(() -> builder().process(p -> p.inheritEnv((String) null)), "name of an environment variable");
        names(() -> Command.of("true", (String) null), "argument 1");
        Sandbox sandbox = builder().build();
        names(() -> sandbox.run((String) null), "program");
        names(() -> sandbox.run((Command) null), "command");
        names(() -> sandbox.start((Command) null), "command");
        names(() -> sandbox.run(Command.of("true"), null), "captureLimitPerStream");
    }

    private static void names(Executable call, String parameter) {
        String message =
                String.valueOf(assertThrows(NullPointerException.class, call).getMessage());
        assertTrue(message.contains(parameter), message);
    }

    @Test
    void variablesAreRefusedWithoutTheirValues() {
        refuses(() -> builder().process(p -> p.inheritEnv("A=B")), "\"A=B\"", "contains \"=\"");
        refuses(() -> Command.of("true").inheritEnv("A=B"), "contains \"=\"");
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> builder().env("TOKEN", "secret\0"));
        assertTrue(e.getMessage().contains("\"TOKEN\" has a NUL character"), e::getMessage);
        assertFalse(e.getMessage().contains("secret"), e::getMessage);
    }

    @Test
    void twoBindsAtOnePlaceAreTold() {
        refuses(
                () -> builder().bind(Path.of("/a"), "/t").bindReadOnly(Path.of("/b"), "/t"),
                "a bind of \"/a\" and for a bind of \"/b\"");
    }

    @Test
    void beginsWithNothing() {
        Sandbox policy = policy(builder());
        assertEquals(Namespaces.none(), policy.namespaces());
        assertEquals(Optional.empty(), policy.user());
        assertEquals(new RootFs.Host(), policy.rootfs());
        assertEquals(List.of(), policy.mounts().entries());
        assertEquals(Set.of(), policy.degradable());
        assertEquals(ProcessAttributes.none(), policy.process());
        assertEquals(Map.of(), policy.process().environment());
    }

    @Test
    void eachCallAddsItsNamespace() {
        Sandbox policy = policy(builder()
                .pidNamespace()
                .mountNamespace()
                .networkNamespace()
                .ipcNamespace()
                .utsNamespace("worker")
                .namespaces(n -> n.domainname("example"))
                .userNamespace()
                .cgroupNamespace()
                .namespaces(n -> n.clockOffsets(Duration.ofDays(1), Duration.ofSeconds(-5, 7))
                        .noNestedUserNamespaces()));
        Namespaces namespaces = policy.namespaces();
        for (NamespaceKind kind : NamespaceKind.values()) {
            assertTrue(namespaces.isNew(kind), kind.name());
        }
        assertEquals(Optional.of("worker"), namespaces.hostname());
        assertEquals(Optional.of("example"), namespaces.domainname());
        assertEquals(Duration.ofDays(1), namespaces.monotonicOffset());
        assertEquals(Duration.ofSeconds(-5, 7), namespaces.boottimeOffset());
        assertTrue(namespaces.init() && namespaces.network().isLoopbackUp() && !namespaces.nestedUserNamespaces());
    }

    @Test
    void networkChoosesBoth() {
        Namespaces none = policy(builder().network(Network.none())).namespaces();
        assertTrue(none.isNew(NamespaceKind.NETWORK) && !none.network().isLoopbackUp());
        Namespaces host =
                policy(builder().networkNamespace().network(Network.host())).namespaces();
        assertFalse(host.isNew(NamespaceKind.NETWORK));
        assertFalse(
                policy(builder().namespaces(n -> n.init(false))).namespaces().init());
        assertTrue(policy(builder().namespaces(n -> n.init(false)).pidNamespace())
                .namespaces()
                .init());
    }

    @Test
    void joins() {
        Path file = Path.of("/proc/1/ns/net");
        SandboxBuilder builder = builder().networkNamespace().namespaces(n -> n.join(NamespaceKind.NETWORK, file));
        assertEquals(
                new NamespaceChoice.Join(file), policy(builder).namespaces().choice(NamespaceKind.NETWORK));
    }

    @Test
    void takesBack() {
        SandboxBuilder builder = Sandbox.untrusted()
                .without(Isolation.USER_NAMESPACE, Isolation.UTS_NAMESPACE, Isolation.SESSION_KEYRING);
        Sandbox policy = policy(builder);
        assertInstanceOf(NamespaceChoice.Host.class, policy.namespaces().choice(NamespaceKind.USER));
        assertTrue(policy.namespaces().nestedUserNamespaces());
        assertFalse(policy.process().newKeyring());
        assertEquals(Optional.empty(), policy.namespaces().hostname());
        assertTrue(policy(Sandbox.untrusted().without(Isolation.NO_NESTED_USER_NAMESPACES))
                .namespaces()
                .nestedUserNamespaces());
        refuses(() -> builder().without(Isolation.PRIVATE_PROC), "PRIVATE_PROC", "noProc()");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b"})
    void refusesHostNames(String name) {
        refuses(() -> builder().namespaces(n -> n.hostname(name)), "host name");
        refuses(() -> builder().namespaces(n -> n.domainname(name)), "domain name");
    }

    @Test
    void boundsNamesByBytes() {
        builder().utsNamespace("é".repeat(32)).build();
        refuses(() -> builder().utsNamespace("é".repeat(32) + "x"), "65 bytes", "1 to 64");
        refuses(() -> builder().namespaces(n -> n.hostname("h".repeat(5000))), "5000");
    }

    @Test
    void refusesClocksBeyondTheKernels() {
        refuses(
                () -> builder().namespaces(n -> n.clockOffsets(Duration.ofDays(366 * 150), Duration.ZERO)),
                "monotonic",
                "allowed");
        refuses(
                () -> builder().namespaces(n -> n.clockOffsets(Duration.ZERO, Duration.ofSeconds(Long.MIN_VALUE))),
                "boot-time");
    }

    @Test
    void refusesIds() {
        Sandbox policy = policy(builder().user(4294967294L, 0, 5, 5, 6));
        assertEquals(Optional.of(new User(4294967294L, 0, List.of(5L, 6L))), policy.user());
        refuses(() -> builder().user(4294967295L, 0), "user id", "4294967295", "4294967294");
        refuses(() -> builder().user(0, -1), "group id", "-1");
        refuses(() -> builder().user(0, 0, 1, 4294967295L), "supplementary group id");
        refuses(() -> builder().user(0, 0, new long[65_537]), "65537", "65536");
    }

    @Test
    void idsHaveToBeMapped() {
        IdMapping.Range one = new IdMapping.Range(1000, 1000, 1);
        IdMapping explicit = IdMapping.of(List.of(one), List.of(one));
        builder().userNamespace(explicit).user(1000, 1000).build();
        refusesState(
                () -> builder().userNamespace(explicit).user(1001, 0, 7).build(),
                "3 things",
                "user id 1001",
                "group id 0",
                "supplementary group id 7");
        refusesState(
                () -> builder().userNamespace(IdMapping.range(10)).user(10, 9).build(), "user id 10");
        refusesState(
                () -> builder().userNamespace(IdMapping.single()).user(5, 6, 7).build(), "supplementary group id 7");
        builder().userNamespace(IdMapping.single()).user(5, 6, 6).build();
        builder().user(1001, 0, 7).build();
        assertEquals(
                IdMapping.range(10),
                policy(builder().userNamespace(IdMapping.range(10)))
                        .namespaces()
                        .idMapping());
    }

    @Test
    void collectsAllProblems() {
        refusesState(
                () -> builder()
                        .namespaces(n -> n.hostname("x").noNestedUserNamespaces())
                        .tmpfs("/t", DataSize.mebibytes(1))
                        .process(p -> p.rlimit(Rlimit.CORE, 5))
                        .build(),
                "4 things are wrong",
                "utsNamespace()",
                "userNamespace()",
                "tmpfs at \"/t\"",
                "mountNamespace()",
                "coreDumps(true)");
    }

    @Test
    void namesNeedTheirOwnNamespace() {
        Path file = Path.of("/proc/1/ns/uts");
        refusesState(() -> builder().namespaces(n -> n.hostname("x")).build(), "utsNamespace()");
        assertEquals(
                Optional.of("x"),
                builder()
                        .namespaces(n -> n.join(NamespaceKind.UTS, file).hostname("x"))
                        .build()
                        .namespaces()
                        .hostname(),
                "the start looks whose it is");
        refusesState(
                () -> builder()
                        .namespaces(n -> n.join(NamespaceKind.USER, file).noNestedUserNamespaces())
                        .build(),
                "userNamespace()");
        refusesState(
                () -> builder()
                        .namespaces(n -> n.join(NamespaceKind.MOUNT, file))
                        .rootfs(RootFs.hostReadOnly())
                        .build(),
                "join(MOUNT, ...)");
        refusesState(
                () -> builder()
                        .namespaces(n -> n.join(NamespaceKind.MOUNT, file))
                        .tmpfs("/t", DataSize.mebibytes(1))
                        .build(),
                "mountNamespace()");
    }

    @Test
    void processSettingsReachThePolicy() {
        ProcessAttributes process = policy(builder()
                        .env("A", "1")
                        .env(Map.of("B", "2"))
                        .env("A", "3")
                        .workingDirectory("/srv/")
                        .process(p -> p.umask(027)
                                .nice(-20)
                                .ioPriority(IoPriority.bestEffort(7))
                                .oomScoreAdj(1000)
                                .cpuAffinity(3, 1, 3)
                                .rlimit(Rlimit.NOFILE, 100, Rlimit.UNLIMITED)
                                .rlimit(Rlimit.NPROC, 5))
                        .keepCapabilities(Capability.NET_RAW, Capability.CHOWN)
                        .process(p -> p.newKeyring(true).coreDumps(true).personality(0x0040000)))
                .process();
        assertEquals(Map.of("A", "3", "B", "2"), process.environment());
        assertEquals(Optional.of("/srv"), process.workingDirectory());
        assertEquals(OptionalInt.of(027), process.umask());
        assertEquals(OptionalInt.of(-20), process.nice());
        assertEquals(Optional.of(IoPriority.bestEffort(7)), process.ioPriority());
        assertEquals(OptionalInt.of(1000), process.oomScoreAdj());
        assertEquals(List.of(1, 3), process.cpuAffinity());
        assertEquals(
                Map.of(Rlimit.NOFILE, new RlimitValue(100, -1), Rlimit.NPROC, new RlimitValue(5, 5)),
                process.rlimits());
        assertEquals(CapabilitySets.all(Set.of(Capability.NET_RAW, Capability.CHOWN)), process.capabilities());
        assertTrue(process.newKeyring() && process.coreDumps());
        assertEquals(OptionalLong.of(0x0040000L), process.personality());
    }

    @Test
    void refusesProcessSettings() {
        refuses(() -> builder().env("A=", "x"), "A=");
        refuses(() -> builder().env("A", "x".repeat(7 << 20)), "6291456");
        refuses(() -> builder().workingDirectory("srv"), "absolute");
        refuses(() -> builder().process(p -> p.umask(01000)), "umask", "01000", "0777");
        refuses(() -> builder().process(p -> p.umask(-1)), "umask", "-1");
        refuses(() -> builder().process(p -> p.nice(20)), "nice", "20", "-20 to 19");
        refuses(() -> IoPriority.realtime(8), "level", "0 to 7");
        refuses(() -> builder().process(p -> p.oomScoreAdj(-1001)), "-1000 to 1000");
        refuses(() -> builder().process(p -> p.cpuAffinity(new int[0])), "number of CPUs");
        refuses(() -> builder().process(p -> p.cpuAffinity(0, -1)), "CPU number", "-1");
        refuses(() -> builder().process(p -> p.cpuAffinity(8192)), "8191");
        refuses(() -> builder().process(p -> p.rlimit(Rlimit.AS, -2)), "AS", "-2");
        refuses(() -> builder().process(p -> p.rlimit(Rlimit.NOFILE, 10, 5)), "NOFILE", "10", "5");
        refuses(() -> builder().process(p -> p.rlimit(Rlimit.NOFILE, Rlimit.UNLIMITED, 5)), "unlimited");
        refuses(() -> builder().process(p -> p.personality(0xffffffffL)), "personality");
    }

    @Test
    void coreDumpsNeedTheirSwitch() {
        refusesState(() -> builder().process(p -> p.rlimit(Rlimit.CORE, 0, 9)).build(), "coreDumps(true)");
        assertEquals(
                Map.of(Rlimit.CORE, new RlimitValue(0, 9)),
                policy(builder().process(p -> p.rlimit(Rlimit.CORE, 0, 9).coreDumps(true)))
                        .process()
                        .rlimits());
    }

    @Test
    void builtSandboxesDoNotChange() {
        SandboxBuilder builder = builder().env("A", "1").pidNamespace();
        Sandbox first = builder.build();
        builder.env("A", "2").ipcNamespace().allowDegraded(Isolation.PID_NAMESPACE);
        assertEquals("1", first.process().environment().get("A"));
        assertFalse(first.namespaces().isNew(NamespaceKind.IPC));
        first.toBuilder().env("A", "3").timeNamespace();
        assertEquals(first, first.toBuilder().build());
        assertEquals(Set.of(Isolation.PID_NAMESPACE), builder.build().degradable());
    }

    @Test
    void toBuilderOfEverythingBuildsTheSame() {
        Sandbox sandbox = Sandbox.untrusted()
                .bind(Path.of("/opt/x"), "/x", MountOption.IDMAPPED, MountOption.OPTIONAL)
                .mounts(m -> m.mask("/x/secret"))
                .allowDegraded(Isolation.TIME_NAMESPACE)
                .process(p -> p.rlimit(Rlimit.NPROC, 7))
                .build();
        assertEquals(sandbox, sandbox.toBuilder().build());
    }

    @Test
    void theStopSignalIsTheLastThatWasSet() {
        assertEquals(OptionalInt.empty(), Sandbox.builder().build().bounds().stopSignal());
        assertEquals(
                OptionalInt.of(1),
                Sandbox.builder()
                        .bounds(b -> b.stopSignal(Signal.HUP))
                        .build()
                        .bounds()
                        .stopSignal());
    }
}
