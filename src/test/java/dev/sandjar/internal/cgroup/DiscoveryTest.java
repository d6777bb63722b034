package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTest {
    @TempDir
    Path directory;

    private static String seen(String tree, OwnGroup own) {
        return "/" + Trees.tree(tree).relativize(own.directory());
    }

    private static OwnGroup with(List<OwnGroup> groups, Controller controller) {
        return groups.stream()
                .filter(own -> own.controllers().contains(controller))
                .findFirst()
                .orElseThrow();
    }

    private OwnGroup only() {
        List<OwnGroup> groups = Discovery.in(directory);
        assertEquals(1, groups.size(), groups::toString);
        return groups.get(0);
    }

    @Test
    void v1HasAHierarchyForEachControllerAndV2BesideItIsLeftAlone() {
        List<OwnGroup> groups = Trees.own("v1-hybrid");
        assertTrue(groups.stream().noneMatch(OwnGroup::isV2));
        assertEquals(8, groups.size());
        OwnGroup memory = with(groups, Controller.MEMORY);
        assertEquals("/sys/fs/cgroup/memory/service/worker", seen("v1-hybrid", memory));
        assertFalse(memory.root());
        assertTrue(with(groups, Controller.IO).root());
    }

    @Test
    void controllersMountedTogetherAreOneHierarchy() {
        List<OwnGroup> groups = Trees.own("v1-combined");
        OwnGroup cpu = with(groups, Controller.CPU);
        assertEquals(Set.of(Controller.CPU, Controller.CPUACCT), cpu.controllers());
        assertEquals("/sys/fs/cgroup/cpu,cpuacct/system.slice/worker.service", seen("v1-combined", cpu));
        Set<Controller> all = EnumSet.noneOf(Controller.class);
        groups.forEach(own -> all.addAll(own.controllers()));
        // Its kernel is older than that one.
        assertEquals(EnumSet.complementOf(EnumSet.of(Controller.MISC)), all);
    }

    @Test
    void v2IsWhereTheProcessIs() {
        OwnGroup session = Trees.own("v2-dev-session").get(0);
        assertEquals("/sys/fs/cgroup/user.slice/user-1000.slice/session-c1.scope", seen("v2-dev-session", session));
        assertEquals(Set.of(Controller.CPU, Controller.MEMORY, Controller.PIDS), session.controllers());
        assertFalse(session.root());
        OwnGroup service = Trees.own("v2-dev-service").get(0);
        assertEquals("/sys/fs/cgroup/system.slice/vm-cmd.service", seen("v2-dev-service", service));
        assertTrue(service.controllers().containsAll(Set.of(Controller.IO, Controller.CPUSET)));
        OwnGroup scope = Trees.own("v2-dev-scope").get(0);
        assertEquals(
                "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope",
                seen("v2-dev-scope", scope));
        assertEquals(1, Trees.own("v2-root-session").size());
    }

    @Test
    void aContainerWithItsOwnCgroupNamespaceSeesItselfAtTheMountPoint() {
        OwnGroup own = Trees.own("docker-cgroupns").get(0);
        assertEquals("/sys/fs/cgroup", seen("docker-cgroupns", own));
        assertEquals(own.mountPoint(), own.directory());
        assertTrue(own.readOnly());
        assertFalse(own.root(), "it has a cgroup.type, which the root of all has not");
        assertTrue(own.controllers().contains(Controller.HUGETLB));
    }

    @Test
    void aContainerWithoutOneSeesOnlyItsOwnPart() {
        List<OwnGroup> groups = Trees.own("docker-host-cgroupns");
        for (OwnGroup own : groups) {
            assertEquals(own.mountPoint(), own.directory());
            assertTrue(own.readOnly());
            assertFalse(own.root());
            assertFalse(own.isV2());
        }
        assertEquals("/sys/fs/cgroup/cpu,cpuacct", seen("docker-host-cgroupns", with(groups, Controller.CPUACCT)));
    }

    @Test
    void theRootOfAllHasNoType() {
        Trees.file(directory, "/proc/self/cgroup", "0::/\n");
        Trees.file(directory, "/proc/self/mountinfo", "2 1 0:26 / /cg rw - cgroup2 none rw\n");
        Trees.file(directory, "/cg/cgroup.procs", "1\n");
        Trees.file(directory, "/cg/cgroup.controllers", "memory io cpu bogus freezer\n");
        OwnGroup own = only();
        assertTrue(own.root());
        assertEquals(Set.of(Controller.MEMORY, Controller.IO, Controller.CPU), own.controllers());
    }

    @Test
    void namesMayHaveSpacesBackslashesColonsAndForeignLetters() {
        Trees.file(directory, "/proc/self/cgroup", "0::/dev-disk\\x2dby:1/a b/grün\n");
        Trees.file(
                directory,
                "/proc/self/mountinfo",
                "2 1 0:26 /dev-disk\\134x2dby:1 /my\\040cg/grün rw - cgroup2 none rw\n");
        Trees.file(directory, "/my cg/grün/a b/grün/cgroup.procs", "1\n");
        OwnGroup own = only();
        assertEquals(directory.resolve("my cg/grün/a b/grün"), own.directory());
        assertEquals(directory.resolve("my cg/grün"), own.mountPoint());
    }

    @Test
    void groupsOutsideOfWhatIsMountedAreAbsent() {
        Trees.file(directory, "/cg/cgroup.procs", "1\n");
        Trees.file(directory, "/proc/self/mountinfo", "2 1 0:26 /a /cg rw - cgroup2 none rw\n");
        for (String path : List.of("/", "/b", "/ab", "/../a", "/a/../../b", "/a/b (deleted)", "a")) {
            Trees.file(directory, "/proc/self/cgroup", "0::" + path + "\n");
            assertEquals(List.of(), Discovery.in(directory), path);
        }
        Trees.file(directory, "/proc/self/mountinfo", "2 1 0:26 /../.. /cg rw - cgroup2 none rw\n");
        Trees.file(directory, "/proc/self/cgroup", "0::/\n");
        assertEquals(List.of(), Discovery.in(directory));
    }

    @Test
    void aWritableMountIsPreferredAndTheFirstOne() {
        Trees.file(directory, "/proc/self/cgroup", "0::/\n");
        Trees.file(
                directory,
                "/proc/self/mountinfo",
                """
                2 1 0:26 / /a rw - cgroup2 none rw
                3 1 0:26 / /b rw - cgroup2 none rw
                4 1 0:26 / /c ro - cgroup2 none rw
                5 1 0:26 / /hidden rw - cgroup2 none rw
                """);
        for (String mount : List.of("a", "b", "c")) {
            Trees.file(directory, "/" + mount + "/cgroup.procs", "1\n");
        }
        assertEquals(directory.resolve("a"), only().directory());
    }

    /** The layout of a host with a chroot that has all of /sys bound into it, before and after the own mount. */
    @Test
    void aBindOfAChrootIsNotPreferredToTheUsualPlace() {
        Trees.file(directory, "/proc/self/cgroup", "4:memory:/jobs\n0::/\n");
        String usual = "31 25 0:28 / /sys/fs/cgroup/memory rw,nosuid - cgroup memory rw,memory\n";
        String bound = "77 60 0:28 / /srv/chroot/sys/fs/cgroup/memory rw,nosuid - cgroup memory rw,memory\n";
        Path memory = directory.resolve("sys/fs/cgroup/memory/jobs");
        Trees.file(directory, "/sys/fs/cgroup/memory/jobs/cgroup.procs", "1\n");
        Trees.file(directory, "/srv/chroot/sys/fs/cgroup/memory/jobs/cgroup.procs", "1\n");
        for (String mounts : List.of(usual + bound, bound + usual)) {
            Trees.file(directory, "/proc/self/mountinfo", mounts);
            assertEquals(memory, only().directory(), mounts);
        }
        Trees.file(directory, "/proc/self/mountinfo", bound);
        assertEquals(directory.resolve("srv/chroot/sys/fs/cgroup/memory/jobs"), only().directory());
    }

    @Test
    void aMountThatHidesAnotherIsTheOneThatIsSeen() {
        Trees.file(directory, "/proc/self/cgroup", "0::/jobs/one\n");
        Trees.file(
                directory,
                "/proc/self/mountinfo",
                "31 25 0:28 / /sys/fs/cgroup rw - cgroup2 none rw\n32 25 0:28 /jobs /sys/fs/cgroup ro - cgroup2 none rw\n");
        Trees.file(directory, "/sys/fs/cgroup/one/cgroup.procs", "1\n");
        Trees.file(directory, "/sys/fs/cgroup/jobs/one/cgroup.procs", "1\n");
        assertEquals(directory.resolve("sys/fs/cgroup/one"), only().directory());
        assertTrue(only().readOnly());
    }

    @Test
    void nothingThereIsNothingFound() {
        assertEquals(List.of(), Discovery.in(directory));
    }

    @Test
    void swapIsInUseIfAnythingIsListed() {
        assertTrue(Hierarchies.swapInUse(Trees.tree("v1-combined")));
        assertFalse(Hierarchies.swapInUse(Trees.tree("v2-dev-scope")));
        assertFalse(Hierarchies.swapInUse(directory));
    }

    @Test
    void anEmptySetIsFilledFromAboveAndKnownByTheLayout() throws Exception {
        Trees.file(directory, "/own/cpuset.cpus", "0-3\n");
        Trees.file(directory, "/own/cpuset.mems", "0\n");
        Trees.file(directory, "/own/area/cpuset.cpus", "\n");
        Trees.file(directory, "/own/area/cpuset.mems", "");
        Path above = directory.resolve("own");
        OwnGroup own = new OwnGroup(1, Set.of(Controller.CPUSET), above, above, false, true);
        Hierarchies.fillSets(own, above.resolve("area"));
        Hierarchy hierarchy = Hierarchies.read(own, above.resolve("area"), false);
        assertEquals("0-3", hierarchy.cpus());
        assertEquals("0", hierarchy.mems());
        assertTrue(hierarchy.has("cpuset.cpus"));
    }
}
