package dev.sandjar.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/** The condition behind {@link NeedsHost}. */
public final class NeedsHostCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<NeedsHost> needs =
                context.getElement().flatMap(element -> AnnotationSupport.findAnnotation(element, NeedsHost.class));
        for (Feature feature : needs.map(NeedsHost::value).orElse(new Feature[0])) {
            String missing = feature.missing().orElse(null);
            if (missing == null) {
                continue;
            }
            String reason = "needs " + feature.label() + ": " + missing;
            if (mustWork(feature, System.getProperty("sandjar.mustWork", ""))) {
                throw new IllegalStateException(reason + " (sandjar.mustWork forbids to skip)");
            }
            System.out.println("SKIPPED " + name(context) + " " + reason);
            return ConditionEvaluationResult.disabled(reason);
        }
        return ConditionEvaluationResult.enabled("host and identity have what it needs");
    }

    /** The same for tests that Jupiter does not run. */
    public static void require(Feature feature, String test) {
        String missing = feature.missing().orElse(null);
        if (missing == null) {
            return;
        }
        String reason = "needs " + feature.label() + ": " + missing;
        if (mustWork(feature, System.getProperty("sandjar.mustWork", ""))) {
            throw new AssertionError(reason + " (sandjar.mustWork forbids to skip)");
        }
        System.out.println("SKIPPED " + test + " " + reason);
        throw new TestAbortedException(reason);
    }

    /** Whether what is called so, and no feature of a host, may not be skipped. */
    public static boolean mustWork(String name) {
        return Arrays.asList(System.getProperty("sandjar.mustWork", "").split(","))
                .contains(name);
    }

    static boolean mustWork(Feature feature, String property) {
        List<String> names =
                Arrays.stream(property.split(",")).map(String::strip).toList();
        return names.contains(feature.label()) || (names.contains("all") && !feature.isIdentity());
    }

    private static String name(ExtensionContext context) {
        String method = context.getTestMethod().map(m -> "." + m.getName()).orElse("");
        return context.getTestClass().map(Class::getSimpleName).orElse("") + method;
    }
}
