import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.util.List;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs the tests beside it with JUnit: those that pass, and one that fails, for what its message tells. */
public final class JunitHermetic {
    private JunitHermetic() {}

    public static void main(String[] args) {
        TestExecutionSummary good = run(WordListTest.class);
        good.printTo(new PrintWriter(System.out, true));
        good.printFailuresTo(new PrintWriter(System.out, true));
        if (good.getTestsSkippedCount() > 0 || good.getContainersSkippedCount() > 0) {
            System.out.println("This host can't run them all; SandboxHost.probe() says why.");
            return;
        }
        TestExecutionSummary bad = run(BrokenWordListTest.class);
        if (good.getTestsSucceededCount() != 5 || bad.getTestsFailedCount() != 1) {
            System.out.println("NOT  5 tests that pass and 1 that fails");
            System.exit(1);
        }
        String message = String.valueOf(bad.getFailures().get(0).getException().getMessage());
        System.out.println("The test that fails says:\n\n" + message);
        for (String part : List.of("content of", "EXITED 0", "usage:", "standard error:", "/work/list")) {
            if (!message.contains(part)) {
                System.out.println("NOT  a message with \"" + part + "\"");
                System.exit(1);
            }
        }
    }

    private static TestExecutionSummary run(Class<?> tests) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(tests))
                                .build(),
                        summary);
        return summary.getSummary();
    }
}
