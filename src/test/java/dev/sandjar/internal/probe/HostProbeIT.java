package dev.sandjar.internal.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxHost;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor on this machine as it is, and on one that refuses user namespaces. */
@KernelTest
class HostProbeIT {
    /** Root of a namespace in which its own limit is 0: what an administrator who switched them off leaves. */
    private static final String SWITCHED_OFF = "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"";

    private static HostProgram.Result switchedOff(String mainClass, String... arguments) {
        return inNamespacesOfItsOwn(SWITCHED_OFF, mainClass, arguments);
    }

    private static HostProgram.Result inNamespacesOfItsOwn(String setUp, String mainClass, String... arguments) {
        List<String> command = new java.util.ArrayList<>(List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                setUp,
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
        command.addAll(List.of(arguments));
        return HostProgram.run(command.toArray(String[]::new));
    }

    @Test
    void agreesWithTheMachine() {
        SandboxHost host = SandboxHost.probe();
        assertEquals(Feature.USERNS.isPresent(), host.has(Isolation.USER_NAMESPACE), host::toString);
        assertEquals(Feature.ID_RANGE.isPresent(), host.has(Isolation.ID_RANGE), host::toString);
        for (SandboxHost.Feature feature : host.features()) {
            assertEquals(feature.available(), feature.reason().isEmpty(), feature::toString);
        }
        for (Isolation isolation : Isolation.values()) {
            assertEquals(isolation.label(), host.feature(isolation).name());
        }
        assertSame(SandboxHost.current(), SandboxHost.current());
    }

    /** A JVM that ends at once, as the doctor does, has no time for what is removed afterwards. */
    @Test
    void nothingOfItIsLeftWhenItReturns() throws Exception {
        Set<Path> before = scratchDirectories();
        for (int i = 0; i < 10; i++) {
            SandboxHost unused = SandboxHost.probe();
            Set<Path> left = scratchDirectories();
            left.removeAll(before);
            assertEquals(Set.of(), left);
        }
    }

    private static Set<Path> scratchDirectories() throws IOException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        String ours = "sandjar-scratch-" + ProcessHandle.current().pid() + "-*";
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, ours)) {
            Set<Path> found = new TreeSet<>();
            entries.forEach(found::add);
            return found;
        }
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void whatItFindsStarts() throws Exception {
        SandboxHost host = SandboxHost.probe();
        assertTrue(host.isReady(), host::toString);
        assertTrue(Sandbox.untrusted().build().explain().isPossible());
        assertEquals(0, Sandbox.untrusted().build().run("true").exitValue());
    }

    @Test
    void theSwitchThatRefusesNamespacesIsNamedWithItsOwnRemedy() throws Exception {
        String property = "sandjar.withoutNamespaces";
        System.setProperty(property, "true");
        try {
            SandboxHost host = SandboxHost.probe();
            assertFalse(host.isReady(), host::toString);
            for (Isolation isolation : List.of(Isolation.USER_NAMESPACE, Isolation.NETWORK_NAMESPACE)) {
                SandboxHost.Feature feature = host.feature(isolation);
                assertFalse(feature.available(), host::toString);
                assertTrue(feature.reason().contains(property + " is set"), feature::toString);
                assertTrue(feature.remedy().contains("without -D" + property), feature::toString);
            }
            UnsupportedIsolationException refusal = assertThrows(
                    UnsupportedIsolationException.class,
                    () -> Sandbox.untrusted().build().run("true"));
            assertTrue(refusal.getMessage().contains("without -D" + property), refusal::getMessage);
        } finally {
            System.clearProperty(property);
        }
        assertEquals(Feature.USERNS.isPresent(), SandboxHost.probe().has(Isolation.USER_NAMESPACE));
    }

    @Test
    void readsSettingsWhole() throws Exception {
        String expected = HostProgram.sh("cat /proc/sys/user/max_user_namespaces");
        assertEquals(expected, SandboxHost.current().facts().get("user.max_user_namespaces"));
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void namesTheSettingThatSwitchesUserNamespacesOff() {
        HostProgram.Result result = switchedOff("dev.sandjar.Main", "doctor");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.out().contains("  NO  user namespace "), result::toString);
        assertTrue(
                result.out().contains("user namespaces are switched off (user.max_user_namespaces=0)"),
                result::toString);
        assertTrue(result.out().contains("sysctl user.max_user_namespaces="), result::toString);
        assertTrue(result.out().contains("  ok  PID namespace "), result::toString);
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void aMountBelowADirectoryOfProgramsTakesNoOverlayAway() {
        assumeTrue(SandboxHost.current().has(Isolation.OVERLAY_ROOT), "overlays in user namespaces are refused here");
        HostProgram.Result result = inNamespacesOfItsOwn(
                "mount --bind /usr/bin/env /usr/bin/yes && exec \"$@\"", "dev.sandjar.Main", "doctor");
        assertTrue(result.out().contains("  ok  overlay root"), result::toString);
    }

    @Test
    @NeedsHost(Feature.USERNS)
    void aStartIsRefusedThereOrDegradesIfThatIsAllowed(@TempDir Path directory) {
        Path canary = directory.resolve("canary");
        HostProgram.Result result = switchedOff("dev.sandjar.internal.probe.RestrictedHostMain", canary.toString());
        assertEquals(
                List.of(
                        "refused USER_NAMESPACE ENOSPC user namespaces are switched off (user.max_user_namespaces=0)",
                        "possible false",
                        "outcome IMPOSSIBLE",
                        "possible true",
                        "ran DEGRADED"),
                result.out().lines().toList(),
                result::toString);
        assertFalse(Files.exists(canary));
    }
}
