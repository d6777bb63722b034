package dev.sandjar.junit;

import dev.sandjar.Isolation;
import dev.sandjar.SandboxHost;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The condition behind {@link EnabledIfSandbox}. */
final class EnabledIfSandboxCondition implements ExecutionCondition {
    private static final String WHOLE = "untrusted";

    /** Something that is missing, by the name it has in {@code sandjar.mustWork}. */
    record Missing(String name, String reason) {}

    EnabledIfSandboxCondition() {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<EnabledIfSandbox> asked = context.getElement()
                .flatMap(element -> AnnotationSupport.findAnnotation(element, EnabledIfSandbox.class));
        if (asked.isEmpty()) {
            return ConditionEvaluationResult.enabled("nothing is asked for");
        }
        return evaluate(
                missing(SandboxHost.current(), asked.get().features()), System.getProperty("sandjar.mustWork", ""));
    }

    static ConditionEvaluationResult evaluate(Optional<Missing> missing, String mustWork) {
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("this host has what it needs");
        }
        String reason = missing.get().reason();
        List<String> names =
                Arrays.stream(mustWork.split(",", -1)).map(String::strip).toList();
        if (names.contains("all") || names.contains(missing.get().name())) {
            throw new IllegalStateException(reason + " (sandjar.mustWork forbids to skip)");
        }
        return ConditionEvaluationResult.disabled(reason);
    }

    static Optional<Missing> missing(SandboxHost host, Isolation... isolations) {
        if (isolations.length == 0) {
            return host.isReady() ? Optional.empty() : Optional.of(new Missing(WHOLE, whole(host)));
        }
        return Stream.of(isolations)
                .filter(isolation -> !host.has(isolation))
                .findFirst()
                .map(isolation -> new Missing(name(isolation), text(host.feature(isolation))));
    }

    private static String whole(SandboxHost host) {
        return host.features().stream()
                .filter(feature -> !feature.available())
                .findFirst()
                .map(EnabledIfSandboxCondition::text)
                .orElse("Sandbox.untrusted() does not start here");
    }

    static String name(Isolation isolation) {
        return isolation.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String text(SandboxHost.Feature feature) {
        String text = "needs " + feature.name() + ": " + feature.reason();
        return feature.remedy().isEmpty() ? text : text + "; remedy: " + feature.remedy();
    }
}
