package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.internal.host.Diagnosis.Finding;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdDiagnosisTest {
    @TempDir
    Path directory;

    private RecordedHost host;

    @BeforeEach
    void record() {
        host = new RecordedHost(directory);
    }

    private Finding range() {
        return host.finding(Isolation.ID_RANGE);
    }

    private RecordedHost withHelpers(boolean setuid) {
        return host.program("/usr/bin/newuidmap", setuid).program("/usr/bin/newgidmap", setuid);
    }

    @ParameterizedTest
    @CsvSource({
        "ID=debian, apt-get install uidmap",
        "ID=linuxmint\\nID_LIKE=\"ubuntu debian\", apt-get install uidmap",
        "ID=\"rocky\"\\nID_LIKE=\"rhel centos fedora\", dnf install shadow-utils",
        "ID=alpine, apk add shadow-uidmap",
        "ID=\"opensuse-leap\"\\nID_LIKE=\"suse opensuse\", zypper install shadow",
        "ID=other, install the package uidmap"
    })
    void missingHelpersComeWithTheirPackage(String release, String remedy) {
        host.file("/etc/os-release", release.replace("\\n", "\n") + "\n");
        assertEquals("newuidmap and newgidmap are not installed", range().reason());
        assertTrue(range().remedy().contains(remedy), range().remedy());
    }

    @Test
    void missingLinesComeWithACommandThatTakesFreeIds() {
        withHelpers(true).file("/etc/subuid", "bob:100000:65536\n").file("/etc/subgid", "bob:231072:65536\n");
        assertEquals("/etc/subuid has no line for user ann", range().reason());
        assertTrue(
                range().remedy().endsWith("usermod --add-subuids 296608-362143 --add-subgids 296608-362143 ann"),
                range().remedy());
    }

    @Test
    void theFileThatLacksTheLineIsNamed() {
        withHelpers(true).file("/etc/subuid", "ann:100000:65536\n");
        assertEquals("/etc/subgid has no line for user ann", range().reason());
    }

    @Test
    void helpersWithoutRightsAreRecognized() {
        withHelpers(false).file("/etc/subuid", "ann:100000:65536\n").file("/etc/subgid", "1000:100000:65536\n");
        assertTrue(range().reason().contains("neither setuid"), range().reason());
        assertTrue(range().remedy().contains("chmod u+s"), range().remedy());
    }

    @Test
    void noNewPrivilegesDisarmsTheHelpers() {
        withHelpers(true)
                .file("/etc/subuid", "ann:100000:65536\n")
                .file("/etc/subgid", "ann:100000:65536\n")
                .status("0000000000000000", 0, 1);
        assertTrue(range().reason().contains("no_new_privs"), range().reason());
    }

    @Test
    void aNamespaceWithASingleIdHasNoneToGive() {
        host.file("/proc/self/uid_map", "         0       1000          1\n");
        assertTrue(range().reason().contains("single id"), range().reason());
    }

    @Test
    void deniedSetgroupsIsNamed() {
        host.file("/proc/self/setgroups", "deny\n");
        assertTrue(host.finding(Isolation.SUPPLEMENTARY_GROUPS).reason().contains("setgroups(2) is denied"));
    }
}
