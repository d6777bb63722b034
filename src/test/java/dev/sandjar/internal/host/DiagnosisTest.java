package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Confinement;
import dev.sandjar.Isolation;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.host.Diagnosis.Finding;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiagnosisTest {
    private static final int EPERM = 1;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int ENOSYS = 38;
    private static final int EDQUOT = 122;
    private static final String EVERY_CAPABILITY = "000001ffffffffff";

    @TempDir
    Path directory;

    private RecordedHost host;

    @BeforeEach
    void record() {
        host = new RecordedHost(directory);
    }

    private static void says(Finding finding, String reason, String remedy) {
        assertTrue(finding.reason().contains(reason), finding.toString());
        assertTrue(finding.remedy().contains(remedy), finding.toString());
    }

    @ParameterizedTest
    @EnumSource(Isolation.class)
    void everyIsolationHasReasonAndRemedy(Isolation isolation) {
        Finding finding = host.finding(isolation);
        assertFalse(finding.reason().isBlank());
        assertFalse(finding.remedy().isBlank());
    }

    /** What a remedy says to leave out can be found in the code of who reads it. */
    @ParameterizedTest
    @EnumSource(Isolation.class)
    void callsOfRemediesAreThoseOfTheBuilder(Isolation isolation) throws Exception {
        Matcher call = Pattern.compile("leave (\\w+)\\((?:\\w -> \\w\\.(\\w+)\\(true\\))?\\) out")
                .matcher(host.finding(isolation).remedy());
        while (call.find()) {
            String inner = call.group(2);
            Class<?> type =
                    switch (call.group(1)) {
                        case "confinement" -> Confinement.class;
                        case "process" -> ProcessAttributes.class;
                        default -> SandboxBuilder.class;
                    };
            assertEquals(inner == null, type == SandboxBuilder.class, call.group());
            if (inner == null) {
                type.getMethod(call.group(1));
            } else {
                type.getMethod(inner, boolean.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Isolation.class)
    void aMachineWithoutAnyFileIsExplainedToo(Isolation isolation) {
        Finding finding = new Diagnosis(new HostFiles(directory.resolve("nothing"))).explain(isolation, EPERM);
        assertFalse(finding.reason().isBlank());
    }

    @Test
    void rootWithoutCapabilitiesIsToldWhichIsMissing() {
        host.root("0000000000000000").file("/.dockerenv", "").file("/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
        says(host.finding(Isolation.USER_NAMESPACE, EPERM), "CAP_SETFCAP", "--user 1000");
        says(host.finding(Isolation.PID_NAMESPACE, EPERM), "CAP_SETFCAP", "--cap-add SETFCAP");
        says(host.finding(Isolation.ID_RANGE), "bounding set", "--cap-add SETUID");
    }

    /** Docker's fourteen; what refuses them is another thing. Before 5.12 nobody asked for the capability. */
    @Test
    void theCapabilityIsNamedOnlyWhereItIsWhatIsMissing() {
        host.root("00000000a80425fb").file("/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
        assertFalse(host.finding(Isolation.USER_NAMESPACE, EPERM).reason().contains("CAP_SETFCAP"));
        host.root("0000000000000000").file("/proc/sys/kernel/osrelease", "5.4.0-150-generic\n");
        assertFalse(host.finding(Isolation.USER_NAMESPACE, EPERM).reason().contains("CAP_SETFCAP"));
        host.file("/proc/sys/kernel/osrelease", "5.15.0-91-generic\n");
        assertTrue(host.finding(Isolation.USER_NAMESPACE, EPERM).reason().contains("CAP_SETFCAP"));
    }

    @Test
    void namesTheLimitThatIsZero() {
        host.file("/proc/sys/user/max_user_namespaces", "0\n");
        says(
                host.finding(Isolation.USER_NAMESPACE, ENOSPC),
                "user.max_user_namespaces=0",
                "sysctl user.max_user_namespaces=");
        says(host.finding(Isolation.PID_NAMESPACE, ENOSPC), "user.max_user_namespaces=0", "sysctl");
    }

    @Test
    void namesTheLimitOfAnotherKind() {
        host.file("/proc/sys/user/max_net_namespaces", "0\n").file("/proc/sys/user/max_user_namespaces", "1000\n");
        says(
                host.finding(Isolation.NETWORK_NAMESPACE, ENOSPC),
                "user.max_net_namespaces=0",
                "sysctl user.max_net_namespaces=");
    }

    @Test
    void aLimitThatIsReachedIsNotSaidToBeZero() {
        host.file("/proc/sys/user/max_user_namespaces", "12\n");
        says(host.finding(Isolation.USER_NAMESPACE, ENOSPC), "limit on namespaces is reached", "raise");
    }

    @Test
    void debiansSwitchIsNamed() {
        host.file("/proc/sys/kernel/unprivileged_userns_clone", "0\n");
        says(
                host.finding(Isolation.USER_NAMESPACE, EPERM),
                "kernel.unprivileged_userns_clone=0",
                "sysctl kernel.unprivileged_userns_clone=1");
        host.status(EVERY_CAPABILITY, 0, 0);
        assertFalse(host.finding(Isolation.USER_NAMESPACE, EPERM).reason().contains("unprivileged_userns_clone"));
    }

    @Test
    void appArmorComesWithAProfileThatIsReady() {
        host.file("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
        for (Isolation isolation : new Isolation[] {
            Isolation.USER_NAMESPACE, Isolation.NETWORK_NAMESPACE, Isolation.PRIVATE_PROC, Isolation.PRIVATE_DEVPTS
        }) {
            Finding finding = host.finding(isolation, EPERM);
            says(finding, "kernel.apparmor_restrict_unprivileged_userns=1", "apparmor_parser -r");
            says(
                    finding,
                    "AppArmor",
                    "profile sandjar-launcher \"" + AppArmor.INSTALLED + "\" flags=(unconfined) {\n  userns,");
            says(finding, "", "-Dsandjar.launcher=" + AppArmor.INSTALLED);
        }
    }

    @Test
    void appArmorDoesNotRestrictRoot() {
        host.file("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n")
                .status(EVERY_CAPABILITY, 0, 0);
        assertFalse(host.finding(Isolation.USER_NAMESPACE, EPERM).reason().contains("AppArmor"));
    }

    @Test
    void dockersFilterIsToldFromItsMasks() {
        host.file("/.dockerenv", "").status("00000000a80425fb", 2, 0);
        says(
                host.finding(Isolation.USER_NAMESPACE, EPERM),
                "container (docker) whose seccomp",
                "--security-opt seccomp=");
        host.mount("/proc/kcore", "rw,nosuid");
        says(host.finding(Isolation.PRIVATE_PROC, EPERM), "mounted over it: /proc/kcore", "systempaths=unconfined");
    }

    @Test
    void eachContainerGetsItsOwnWords() {
        host.mount("/proc/kcore", "rw").file("/run/.containerenv", "");
        says(host.finding(Isolation.PRIVATE_PROC, EPERM), "/proc/kcore", "unmask=ALL");
        host.file("/var/run/secrets/kubernetes.io/serviceaccount/token", "x").status("00000000a80425fb", 2, 0);
        says(host.finding(Isolation.PRIVATE_PROC, EPERM), "/proc/kcore", "procMount: Unmasked");
        says(host.finding(Isolation.USER_NAMESPACE, EPERM), "kubernetes", "seccompProfile");
    }

    @Test
    void aContainerIsAlsoKnownByItsControlGroups() {
        host.file("/proc/self/cgroup", "0::/system.slice/docker/0123\n").status("0000000000000000", 2, 0);
        says(host.finding(Isolation.USER_NAMESPACE, EPERM), "(docker)", "seccomp");
    }

    @Test
    void aFilterWithoutAContainerIsBlamedOnWhoeverSetIt() {
        host.status("0000000000000000", 2, 0);
        says(host.finding(Isolation.USER_NAMESPACE, EPERM), "seccomp filter is on this process", "RestrictNamespaces=");
    }

    @Test
    void aMountForBinaryFormatsHidesNothing() {
        host.mount("/proc/sys/fs/binfmt_misc", "rw");
        assertFalse(host.finding(Isolation.PRIVATE_PROC, EPERM).reason().contains("binfmt"));
    }

    @Test
    void aReadOnlyProcSysExplainsTheLimitThatCannotBeSet() {
        host.mount("/proc/sys", "ro,nosuid").file("/.dockerenv", "");
        says(
                host.finding(Isolation.NO_NESTED_USER_NAMESPACES, 30),
                "below /proc/sys, and that is mounted read-only",
                "systempaths=unconfined");
    }

    @Test
    void aChrootIsRecognized() {
        host.file("/proc/self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n");
        says(host.finding(Isolation.USER_NAMESPACE, EPERM), "chroot", "pivot_root");
    }

    @Test
    void kernelsThatLackAKindAreSaidTo() {
        host.without("/proc/self/ns/time_for_children");
        says(host.finding(Isolation.TIME_NAMESPACE), "Linux 5.6", "leave timeNamespace() out");
        host.without("/proc/self/ns/cgroup");
        says(host.finding(Isolation.CGROUP_NAMESPACE, EINVAL), "has no cgroup namespaces", "use a kernel");
    }

    @Test
    void fileSystemsThatAreNotLoadedAreNamed() {
        host.file("/proc/filesystems", "nodev\ttmpfs\n\text4\n");
        says(host.finding(Isolation.OVERLAY_ROOT), "no file system \"overlay\"", "modprobe overlay");
        host.file("/proc/filesystems", "nodev\toverlay\n");
        says(host.finding(Isolation.OVERLAY_ROOT, EINVAL), "Linux 5.11", "mount points");
        says(host.finding(Isolation.MQUEUE), "no file system \"mqueue\"", "CONFIG_POSIX_MQUEUE");
    }

    @Test
    void keyringsFailForSeveralReasons() {
        says(host.finding(Isolation.SESSION_KEYRING, ENOSYS), "no keyrings", "newKeyring(true)");
        says(host.finding(Isolation.SESSION_KEYRING, EDQUOT), "too many keys", "kernel.keys.maxkeys");
    }
}
