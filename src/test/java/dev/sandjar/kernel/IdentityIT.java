package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.MountOption;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users and groups, inside and as the host sees them. */
@KernelTest
@NeedsHost(Feature.USERNS)
class IdentityIT {
    private static final String IDS =
            "awk '/^(Uid|Gid):/ {print $2, $3, $4, $5} /^Groups:/ {$1=\"\"; print}' /proc/self/status";

    @TempDir
    Path directory;

    @Test
    void aSingleIdIsTheCallersOutside() throws Exception {
        Sandbox sandbox = Sandbox.builder()
                .userNamespace(IdMapping.single())
                .user(1234, 2345)
                .build();
        String[] lines = Guest.sh(sandbox, "id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map")
                .split("\n");
        assertEquals("1234", lines[0]);
        assertEquals("2345", lines[1]);
        assertEquals("1234 " + HostProgram.sh("id -u") + " 1", lines[2].strip().replaceAll(" +", " "));
        assertEquals("2345 " + HostProgram.sh("id -g") + " 1", lines[3].strip().replaceAll(" +", " "));
    }

    @Test
    void withASingleIdGroupsCantBeChanged() throws Exception {
        Sandbox sandbox =
                Sandbox.builder().userNamespace(IdMapping.single()).user(0, 0).build();
        assertEquals("deny", Guest.sh(sandbox, "cat /proc/self/setgroups"));
    }

    @Test
    void aSingleIdHasRoomForItsOwnGroupAlone() throws Exception {
        SandboxBuilder single = Sandbox.builder().userNamespace(IdMapping.single());
        assertEquals("5 6", Guest.sh(single.user(5, 6, 6).build(), "echo $(id -u) $(id -g)"));
        SandboxBuilder other = single.user(5, 6, 6, 7);
        assertTrue(assertThrows(IllegalStateException.class, other::build)
                .getMessage()
                .contains("group id 7"));
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void whoHasOneIdHasNoOtherGroups() {
        Sandbox sandbox = Sandbox.builder().userNamespace().user(7, 7, 7, 8).build();
        UnsupportedIsolationException e = assertThrows(UnsupportedIsolationException.class, () -> sandbox.run("true"));
        assertEquals(Isolation.SUPPLEMENTARY_GROUPS, e.isolation().orElseThrow());
    }

    @Test
    @NeedsHost(Feature.ID_RANGE)
    void aRangeHasRoomForUsersAndGroups() throws Exception {
        Sandbox sandbox = Sandbox.builder()
                .userNamespace(IdMapping.range(3000))
                .user(1000, 1001, 1002, 2999)
                .build();
        assertEquals("1000 1000 1000 1000\n1001 1001 1001 1001\n 1002 2999", Guest.sh(sandbox, IDS));
        assertEquals("allow", Guest.sh(sandbox, "cat /proc/self/setgroups"));
        try (SandboxProcess process = sandbox.start("cat")) {
            String host = HostProgram.sh("awk '/^Uid:/ {print $2}' /proc/" + process.pid() + "/status");
            assertNotEquals("1000", host);
            assertNotEquals("0", host);
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void anAutomaticMapReachesToTheProgramsIds() throws Exception {
        assertEquals(
                "70000 70000 70000 70000\n80000 80000 80000 80000\n 90000",
                Guest.sh(
                        Sandbox.builder()
                                .userNamespace()
                                .user(70_000, 80_000, 90_000)
                                .build(),
                        IDS));
        Sandbox far = Sandbox.builder().userNamespace().user(4_000_000_000L, 1).build();
        String message =
                assertThrows(SandboxException.class, () -> far.run("true")).getMessage();
        assertTrue(message.contains("IdMapping.alone()"), message);
        assertEquals(
                "4000000000",
                Guest.sh(
                        far.toBuilder()
                                .userNamespace(IdMapping.alone())
                                .user(4_000_000_000L, 4_000_000_000L)
                                .build(),
                        "id -u"));
    }

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.ID_RANGE})
    void aPlainUsersRangeBeginsWithItself() throws Exception {
        Sandbox sandbox = Sandbox.builder().userNamespace(IdMapping.range(1001)).build();
        List<String> map = Guest.sh(sandbox, "cat /proc/self/uid_map; id -u")
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
        assertEquals("0 " + HostProgram.sh("id -u") + " 1", map.get(0));
        assertTrue(map.get(1).matches("1 \\d+ 1000"), map.get(1));
        assertEquals("0", map.get(2));
        assertThrows(UnsupportedIsolationException.class, () -> Sandbox.builder()
                .userNamespace(IdMapping.range(4_000_000_000L))
                .build()
                .run("true"));
    }

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.ID_RANGE})
    void whatNewuidmapSaysIsPartOfTheReason() {
        List<IdMapping.Range> hostsRoot = List.of(new IdMapping.Range(0, 0, 1));
        Sandbox sandbox = Sandbox.builder()
                .userNamespace(IdMapping.of(hostsRoot, hostsRoot))
                .build();
        UnsupportedIsolationException e = assertThrows(UnsupportedIsolationException.class, () -> sandbox.run("true"));
        assertTrue(e.getMessage().contains("newuidmap: "), e.getMessage());
        assertTrue(e.path().orElseThrow().endsWith("newuidmap"), e.getMessage());
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void aPlainUserCantBecomeAnotherWithoutANamespace() {
        assertThrows(
                UnsupportedIsolationException.class,
                () -> Sandbox.builder().user(1, 1).build().run("true"));
        assertThrows(java.io.IOException.class, () -> Sandbox.builder()
                .userNamespace(
                        IdMapping.of(List.of(new IdMapping.Range(0, 0, 1)), List.of(new IdMapping.Range(0, 0, 1))))
                .build()
                .run("true"));
    }

    /** As with unshare --map-root-user: capabilities alone make nobody another user there. */
    @Test
    @NeedsHost(Feature.MAPPED_ROOT)
    void whereGroupsCantBeSetNobodyBecomesAnother() throws Exception {
        Sandbox other = Sandbox.builder().user(1, 1).build();
        String message = assertThrows(UnsupportedIsolationException.class, () -> other.run("true"))
                .getMessage();
        assertTrue(message.contains("userNamespace()"), message);
        assertTrue(
                other.explain().entries().stream()
                        .noneMatch(entry -> entry.request().equals("user 1:1")
                                && entry.outcome() == AppliedPolicy.Outcome.ENFORCED),
                () -> "it is said to be possible");
        long uid = Long.parseLong(HostProgram.sh("id -u").strip());
        long gid = Long.parseLong(HostProgram.sh("id -g").strip());
        assertEquals(uid + " " + gid, Guest.sh(Sandbox.builder().user(uid, gid).build(), "echo $(id -u) $(id -g)"));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void sandboxesOfRootNeverShareHostIds() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        Set<String> blocks = new HashSet<>();
        try (SandboxProcess a = sandbox.start("cat");
                SandboxProcess b = sandbox.start("cat");
                SandboxProcess c = Sandbox.builder().userNamespace().build().start("cat")) {
            for (SandboxProcess process : List.of(a, b, c)) {
                String map = HostProgram.sh("cat /proc/" + process.pid() + "/uid_map")
                        .replaceAll(" +", " ")
                        .strip();
                assertTrue(map.matches("0 \\d+ 65536"), map);
                assertTrue(Long.parseLong(map.split(" ")[1]) >= 0x80000, map);
                assertTrue(blocks.add(map), "a block twice: " + map);
            }
            String first = HostProgram.sh("awk '/^Uid:/ {print $2}' /proc/" + a.pid() + "/status");
            assertNotEquals(first, HostProgram.sh("awk '/^Uid:/ {print $2}' /proc/" + b.pid() + "/status"));
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void rootDropsItsIdsWithoutANamespace() throws Exception {
        Sandbox sandbox = Sandbox.builder().user(12345, 12346, 12347, 12348).build();
        assertEquals("12345 12345 12345 12345\n12346 12346 12346 12346\n 12347 12348", Guest.sh(sandbox, IDS));
        Sandbox none = Sandbox.builder().user(12345, 12346).build();
        assertEquals("12346", Guest.sh(none, "id -G"));
        assertEquals("denied", Guest.sh(none, "cat /etc/shadow 2>/dev/null || echo denied"));
        assertFalse(HostProgram.sh("cat /etc/shadow").isEmpty());
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void filesOfAnIdmappedBindBelongToTheDirectorysOwner() throws Exception {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        HostProgram.sh("chown 4321:4322 " + shared + "; chmod 755 " + shared);
        Sandbox sandbox = Sandbox.untrusted()
                .bind(shared, "/shared", MountOption.IDMAPPED)
                .build();
        assertEquals("1000:1000", Guest.sh(sandbox, "echo x > /shared/file; stat -c %u:%g /shared/file"));
        assertEquals("4321:4322", HostProgram.sh("stat -c %u:%g " + shared + "/file"));
        Sandbox plain = Sandbox.untrusted().bind(shared, "/shared").build();
        assertEquals(
                "65534 refused",
                Guest.sh(plain, "stat -c %u /shared; (echo x > /shared/other) 2>/dev/null || echo refused")
                        .replace('\n', ' '));
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void nothingThatLendsTheOwnersRightsIsLeftInABind() throws Exception {
        Path shared = Files.createDirectory(directory.resolve("owned-by-root"));
        Sandbox unnamed = Sandbox.untrusted()
                .bind(shared, "/shared", MountOption.IDMAPPED)
                .build();
        SandboxException refused = assertThrows(SandboxException.class, () -> unnamed.run("true"));
        assertTrue(
                refused.getMessage().contains("belongs to root")
                        && refused.remedy().contains("IDMAPPED_ROOT"),
                refused.getMessage());
        String told = unnamed.explain().toString();
        assertTrue(told.contains("impossible") && told.contains("belongs to root"), told);
        SandboxBuilder untrusted = Sandbox.untrusted().bind(shared, "/shared", MountOption.IDMAPPED_ROOT);
        String script = "cp /bin/true /shared/$0; chmod 6755 /shared/$0 || echo refused; stat -c %u:%a /shared/$0";
        assertEquals(
                "refused\n1000:755",
                untrusted
                        .build()
                        .run("sh", "-c", script + " 2>&1", "filtered")
                        .stdout()
                        .lines()
                        .filter(line -> !line.startsWith("chmod"))
                        .collect(Collectors.joining("\n")));
        assertEquals("755", HostProgram.sh("stat -c %a " + shared + "/filtered"));
        Sandbox open = untrusted.seccomp(SeccompProfile.none()).build();
        assertEquals(
                "1000:6755", open.run("sh", "-c", script, "unfiltered").stdout().strip());
        assertEquals("0:6755", HostProgram.sh("stat -c %u:%a " + shared + "/unfiltered"));
    }

    @Test
    void filesThatAPlainSandboxWritesBelongToTheCaller() throws Exception {
        Path shared = Files.createDirectory(directory.resolve("mine"));
        Sandbox sandbox = Sandbox.builder()
                .userNamespace(IdMapping.single())
                .rootfs(RootFs.hostReadOnly())
                .user(1000, 1000)
                .bind(shared, "/mine")
                .build();
        assertEquals("1000", Guest.sh(sandbox, "echo x > /mine/file; stat -c %u /mine/file"));
        assertEquals(HostProgram.sh("id -u"), HostProgram.sh("stat -c %u " + shared + "/file"));
    }
}
