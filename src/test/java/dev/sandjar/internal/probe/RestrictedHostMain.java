package dev.sandjar.internal.probe;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;

/** What a program meets on a host where user namespaces are switched off. Each line is one answer. */
final class RestrictedHostMain {
    private RestrictedHostMain() {}

    public static void main(String[] args) throws Exception {
        Sandbox strict = Sandbox.builder().userNamespace().pidNamespace().build();
        try {
            strict.start("touch", args[0]).close();
            System.out.println("started");
        } catch (UnsupportedIsolationException e) {
            System.out.println("refused " + e.isolation().orElseThrow() + " " + e.errnoName() + " " + e.reason());
        }
        System.out.println("possible " + strict.explain().isPossible());
        System.out.println("outcome " + outcome(strict.explain().entries()));
        Sandbox lenient =
                strict.toBuilder().allowDegraded(Isolation.USER_NAMESPACE).build();
        System.out.println("possible " + lenient.explain().isPossible());
        RunResult result = lenient.run("echo", "ran");
        System.out.println(result.stdout().strip() + " "
                + outcome(result.report().applied().entries()));
        System.exit(0);
    }

    private static AppliedPolicy.Outcome outcome(java.util.List<AppliedPolicy.Entry> entries) {
        return entries.stream()
                .filter(entry -> entry.request().equals(Isolation.USER_NAMESPACE.label()))
                .findFirst()
                .orElseThrow()
                .outcome();
    }
}
