package dev.sandjar.junit;

import static dev.sandjar.junit.SandboxAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The extension as users see it: small classes are run by JUnit, and what it tells of them is looked at. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.TIMENS})
class SandboxExtensionIT {
    /** What a sample leaves for the test that runs it. */
    private static final List<Object> LEFT = new ArrayList<>();

    @EnabledIfSandbox
    @ExtendWith(SandboxExtension.class)
    static class Sample {
        @Test
        void uses(Sandbox sandbox, SandboxBuilder builder, @Scratch Path scratch) throws Exception {
            LEFT.add(scratch);
            Files.writeString(scratch.resolve("in"), "in");
            assertThat(sandbox.run("sh", "-c", "cat /scratch/in; echo out >/scratch/out; echo made >made"))
                    .succeeded()
                    .stdoutIs("in")
                    .stderrIs("")
                    .wallTimeAtMost(Duration.ofSeconds(30))
                    .changes()
                    .createsOnly("/work/made")
                    .leavesAlone("/etc/passwd")
                    .text("/work/made", "made\n");
            assertEquals("out\n", Files.readString(scratch.resolve("out")));
            assertThat(builder.env("X", "y").build().run("sh", "-c", "echo $X; exit 3"))
                    .exited(3)
                    .failed()
                    .stdoutContains("y");
        }

        @Test
        void fails(Sandbox sandbox) throws Exception {
            RunResult result = sandbox.run("sh", "-c", "echo to out; echo to err >&2; echo content >wrong; exit 4");
            LEFT.add(result);
            assertEquals(0, result.exitValue(), "the first line");
        }

        @Test
        void throwsOthers(Sandbox sandbox) throws Exception {
            sandbox.run("sh", "-c", "echo told");
            throw new IllegalArgumentException("of the test");
        }

        @Test
        void aborts(Sandbox sandbox) throws Exception {
            sandbox.run("true");
            assumeTrue(false, "not here");
        }

        @Test
        void forgets(Sandbox sandbox) throws Exception {
            LEFT.add(sandbox);
            LEFT.add(sandbox.start("sh", "-c", "sleep 1000 & sleep 1000"));
        }
    }

    private static TestExecutionResult runMethod(String name) {
        return run(name, "dev.sandjar.Sandbox");
    }

    private static TestExecutionResult run(String name, String types) {
        List<TestExecutionResult> results = results(selectMethod(Sample.class, name, types));
        assertEquals(1, results.size(), name);
        return results.get(0);
    }

    /** Of what was not skipped. */
    private static List<TestExecutionResult> results(DiscoverySelector selected) {
        LEFT.clear();
        List<TestExecutionResult> results = new ArrayList<>();
        // What fails there on purpose is no failure of this run.
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build())
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selected)
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                                if (test.isTest()) {
                                    results.add(result);
                                }
                            }
                        });
        return results;
    }

    @Test
    void parametersAreInjectedAndRemovedAgain() throws Exception {
        TestExecutionResult result = run("uses", "dev.sandjar.Sandbox, dev.sandjar.SandboxBuilder, java.nio.file.Path");
        assertEquals(TestExecutionResult.Status.SUCCESSFUL, result.getStatus(), result::toString);
        assertFalse(Files.exists((Path) LEFT.get(0)));
    }

    @Test
    void aFailureTellsWhatTheRunCameTo() {
        TestExecutionResult result = runMethod("fails");
        String message = result.getThrowable().orElseThrow().getMessage();
        for (String part : List.of(
                "the first line",
                "EXITED 4",
                "usage: ",
                "to out",
                "to err",
                "CREATED  FILE",
                "/work/wrong",
                "content")) {
            assertTrue(message.contains(part), part + " is missing in:\n" + message);
        }
        assertThrows(
                IllegalStateException.class,
                () -> ((RunResult) LEFT.get(0)).changes().orElseThrow().text("/work/wrong"));
    }

    @Test
    void otherExceptionsKeepTheirType() {
        Throwable failure = runMethod("throwsOthers").getThrowable().orElseThrow();
        assertEquals("of the test", failure.getMessage());
        assertEquals(IllegalArgumentException.class, failure.getClass());
        assertTrue(failure.getSuppressed()[0].getMessage().contains("told"));
        assertEquals(TestExecutionResult.Status.ABORTED, runMethod("aborts").getStatus());
    }

    @Test
    void whatStillRunsIsKilled() {
        runMethod("forgets");
        assertFalse(((SandboxProcess) LEFT.get(1)).isAlive());
        Sandbox late = (Sandbox) LEFT.get(0);
        assertThrows(IllegalStateException.class, () -> late.run("true"));
    }

    @Test
    void assertionsSayWhatIsWrong() throws Exception {
        RunResult result = Sandbox.hermetic().hostPrograms().build().run("sh", "-c", "echo out; echo x >x; kill -9 $$");
        assertThat(result).hasVerdict(Verdict.SIGNALED).endedBy(Signal.KILL).stdoutIs("out\n");
        assertThat(result.report()).hasVerdict(Verdict.SIGNALED).peakMemoryAtMost(DataSize.mebibytes(100));
        List<Runnable> wrong = List.of(
                () -> assertThat(result).succeeded(),
                () -> assertThat(result).exited(137),
                () -> assertThat(result).failed(),
                () -> assertThat(result).hasVerdict(Verdict.OOM_KILLED),
                () -> assertThat(result).endedBy(Signal.TERM),
                () -> assertThat(result).stdoutIs("out"),
                () -> assertThat(result).stdoutContains("in"),
                () -> assertThat(result).stderrIs("x"),
                () -> assertThat(result).stderrContains("x"),
                () -> assertThat(result).cpuTimeAtMost(Duration.ofNanos(-1)),
                () -> assertThat(result).wallTimeAtMost(Duration.ZERO),
                () -> assertThat(result).peakMemoryAtMost(DataSize.bytes(1)),
                () -> assertThat(result).peakProcessesAtMost(0),
                () -> assertThat(result).changes().areNone(),
                () -> assertThat(result).changes().creates("/work/y"),
                () -> assertThat(result).changes().createsOnly("/y"),
                () -> assertThat(result).changes().onlyTouches("/y"),
                () -> assertThat(result).changes().modifies("/work/x"),
                () -> assertThat(result).changes().deletes("/work/x"),
                () -> assertThat(result).changes().leavesAlone("/work/x"),
                () -> assertThat(result).changes().text("/work/x", "y"),
                () -> assertThat(result).changes().text("/work/y", "y"),
                () -> assertThat(result).changes().hasDigest("0"));
        for (Runnable each : wrong) {
            AssertionError e = assertThrows(AssertionError.class, each::run);
            assertTrue(e.getMessage().contains("SIGNALED 137"), e.getMessage());
        }
        assertThat(result.changes().orElseThrow())
                .creates("/work/x")
                .equalTo(result.changes().orElseThrow());
        AssertionError e = assertThrows(
                AssertionError.class,
                () -> assertThat(result.changes().orElseThrow()).areNone());
        assertTrue(e.getMessage().contains("/work/x"), e.getMessage());
        result.discardChanges();
        RunResult kept = Sandbox.untrusted().build().run("true");
        assertThrows(AssertionError.class, () -> assertThat(kept).changes());
    }

    @Test
    void theDoctorsReasonIsTheReason() {
        SandboxHost host = SandboxHost.current();
        for (Isolation isolation : Isolation.values()) {
            var missing = EnabledIfSandboxCondition.missing(host, isolation);
            assertEquals(host.has(isolation), missing.isEmpty());
            missing.ifPresent(what ->
                    assertTrue(what.reason().contains(host.feature(isolation).reason()), what.reason()));
        }
        assertEquals(host.isReady(), EnabledIfSandboxCondition.missing(host).isEmpty());
    }

    /** Under a name that the doctor has no more a test would be skipped for ever. */
    @Test
    void everySupportOfNetworksIsTriedByTheDoctor() {
        SandboxHost host = SandboxHost.current();
        List<String> said =
                host.features().stream().map(SandboxHost.Feature::name).toList();
        for (NetworkSupport network : NetworkSupport.values()) {
            assertTrue(said.contains(network.feature()), network::toString);
            var missing = EnabledIfSandboxCondition.missingNetworks(host, network);
            SandboxHost.Feature feature = host.features().get(said.indexOf(network.feature()));
            assertEquals(feature.available(), missing.isEmpty());
            missing.ifPresent(what -> assertTrue(what.reason().contains(feature.reason()), what.reason()));
        }
        for (NetworkFeature tried : NetworkFeature.values()) {
            assertTrue(
                    Stream.of(NetworkSupport.values())
                            .anyMatch(network -> network.feature().equals(tried.label())),
                    tried::toString);
        }
    }

    @EnabledIfSandbox(networks = {NetworkSupport.NETWORKS, NetworkSupport.LINKS})
    static class WithNetworks {
        @Test
        void runs() {
            LEFT.add("ran");
        }
    }

    @Test
    void whatNeedsNetworksRunsWhereTheyAre() {
        boolean able = EnabledIfSandboxCondition.missingNetworks(
                        SandboxHost.current(), NetworkSupport.NETWORKS, NetworkSupport.LINKS)
                .isEmpty();
        assertEquals(able ? 1 : 0, results(selectClass(WithNetworks.class)).size());
        assertEquals(able ? List.of("ran") : List.of(), LEFT);
    }

    @Test
    void listenersAreToldOfEachStart() throws Exception {
        List<String> told = new ArrayList<>();
        Sandbox sandbox = Sandbox.untrusted()
                .listener(new dev.sandjar.SandboxListener() {
                    @Override
                    public void started(Command command, SandboxProcess process) {
                        told.add("started " + command.program());
                    }

                    @Override
                    public void finished(RunResult result) {
                        told.add("finished " + result.exitValue());
                    }
                })
                .build();
        sandbox.run("true");
        sandbox.start("true").close();
        assertEquals(List.of("started true", "finished 0", "started true"), told);
    }
}
