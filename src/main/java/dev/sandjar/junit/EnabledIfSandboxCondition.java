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
        SandboxHost host = SandboxHost.current();
        Isolation[] isolations = asked.get().features();
        NetworkSupport[] networks = asked.get().networks();
        Optional<Missing> missing =
                isolations.length == 0 && networks.length > 0 ? Optional.empty() : missing(host, isolations);
        return evaluate(missing.or(() -> missingNetworks(host, networks)), System.getProperty("sandjar.mustWork", ""));
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

    static Optional<Missing> missingNetworks(SandboxHost host, NetworkSupport... networks) {
        for (NetworkSupport network : networks) {
            Optional<SandboxHost.Feature> tried = host.features().stream()
                    .filter(feature -> feature.name().equals(network.feature()))
                    .findFirst();
            if (tried.isEmpty()) { // so it is where no launcher starts, of which the first line tells
                return Optional.of(new Missing(name(network), "needs " + network.feature() + ": " + whole(host)));
            }
            if (!tried.get().available()) {
                return Optional.of(new Missing(name(network), text(tried.get())));
            }
        }
        return Optional.empty();
    }

    private static String whole(SandboxHost host) {
        return host.features().stream()
                .filter(feature -> !feature.available())
                .findFirst()
                .map(EnabledIfSandboxCondition::text)
                .orElse("Sandbox.untrusted() does not start here");
    }

    static String name(Enum<?> feature) {
        return feature.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String text(SandboxHost.Feature feature) {
        String text = "needs " + feature.name() + ": " + feature.reason();
        return feature.remedy().isEmpty() ? text : text + "; remedy: " + feature.remedy();
    }
}
