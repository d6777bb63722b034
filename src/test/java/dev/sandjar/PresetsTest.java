package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PresetsTest {
    /** Spelled out once more, so that nothing gets weaker without somebody saying so here. */
    @Test
    void untrustedHasEverythingOn() {
        Sandbox policy = Sandbox.untrusted().build();
        Namespaces namespaces = policy.namespaces();
        for (NamespaceKind kind : NamespaceKind.values()) {
            assertTrue(namespaces.isNew(kind), kind.name());
        }
        assertTrue(namespaces.init() && namespaces.network().isLoopbackUp() && !namespaces.nestedUserNamespaces());
        assertEquals(Optional.of("sandbox"), namespaces.hostname());
        assertTrue(namespaces.withholdsHostSockets());
        assertEquals(Duration.ZERO, namespaces.monotonicOffset());
        assertEquals(Duration.ZERO, namespaces.boottimeOffset());
        assertEquals(new RootFs.HostReadOnly(), policy.rootfs());
        assertEquals(
                List.of(
                        new MountEntry.Proc(Set.of(ProcOption.HIDE_PID), false),
                        new MountEntry.Dev(false, OptionalInt.of(64), true),
                        tmpfs("/tmp", false),
                        tmpfs("/var/tmp", true)),
                policy.mounts().entries().stream()
                        .filter(m -> !(m instanceof MountEntry.Masked || m instanceof MountEntry.ReadOnlyPath))
                        .toList());
        assertEquals(
                Stream.concat(KernelPaths.MASKED.stream(), KernelPaths.MASKED_FROM_ROOT.stream())
                        .sorted()
                        .toList(),
                policy.mounts().entries().stream()
                        .filter(MountEntry.Masked.class::isInstance)
                        .map(MountEntry::target)
                        .sorted()
                        .toList());
        assertEquals(
                KernelPaths.READ_ONLY,
                policy.mounts().entries().stream()
                        .filter(MountEntry.ReadOnlyPath.class::isInstance)
                        .map(MountEntry::target)
                        .toList());
        assertEquals("standard", policy.confinement().seccomp().name());
        assertEquals(IdMapping.automatic(), policy.namespaces().idMapping());
        assertEquals(Optional.of(new User(1000, 1000, List.of())), policy.user());
        ProcessAttributes process = policy.process();
        assertEquals(
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "HOME", "/tmp", "LANG", "C.UTF-8"),
                process.environment());
        assertEquals(Optional.of("/tmp"), process.workingDirectory());
        assertEquals(OptionalInt.of(022), process.umask());
        assertTrue(process.capabilities().any().isEmpty() && process.newKeyring());
        assertFalse(process.coreDumps());
        assertTrue(policy.degradable().isEmpty());
    }

    @Test
    void everyCallGivesANewBuilder() {
        Sandbox.untrusted().env("A", "1").network(Network.host());
        assertEquals(3, Sandbox.untrusted().build().process().environment().size());
    }

    private static MountEntry tmpfs(String target, boolean optional) {
        return new MountEntry.Tmpfs(
                target, DataSize.mebibytes(64), OptionalLong.of(16384), 01777, Set.of(MountOption.EXEC), optional);
    }
}
