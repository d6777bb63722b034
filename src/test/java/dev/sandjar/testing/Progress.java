package dev.sandjar.testing;

import java.io.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Says in a few lines how far the tests have come: one about every ten seconds, each failure in full as soon as it is known, and at the
 * end each reason for which something was skipped. Works where {@code sandjar.test.progress} names the run; what the tests
 * themselves print goes to the file {@code sandjar.test.output}, if that is set. The file {@code sandjar.test.failed}, if that is set, gets
 * the name of each class in which something failed.
 */
public final class Progress implements TestExecutionListener {
    private static final Duration PAUSE = Duration.ofSeconds(10);
    /** Between two events, on a busy machine too; the second for what has the tag {@code slow}, {@code programs} or {@code soak}. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private static final Duration LONG_PATIENCE = Duration.ofMinutes(15);
    private static final Set<TestTag> LONG_TAGS =
            Set.of(TestTag.create("slow"), TestTag.create("programs"), TestTag.create("soak"));
    private static final int HANGS = 70;

    private final @Nullable String run = System.getProperty("sandjar.test.progress");
    // Neither captured by what runs the tests nor replaced below.
    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private final Map<String, Set<String>> skipped = new TreeMap<>();
    private final Set<String> failedClasses = new TreeSet<>();
    private final long began = System.nanoTime();
    private long told = began;
    private int classes;
    private int ended;
    private int tests;
    private int failed;
    private int skips;
    private @Nullable Watchdog watchdog;

    @Override
    public synchronized void testPlanExecutionStarted(TestPlan plan) {
        if (run == null) {
            return;
        }
        String output = System.getProperty("sandjar.test.output");
        if (output != null) {
            redirect(output);
        }
        classes += (int) plan.getRoots().stream()
                .flatMap(root -> plan.getDescendants(root).stream())
                .filter(Progress::isClass)
                .count();
        if (watchdog == null) {
            watchdog = new Watchdog(PATIENCE, out, () -> Runtime.getRuntime().halt(HANGS));
        }
    }

    // The streams stay open until the JVM ends.
    @SuppressWarnings("resource")
    private static void redirect(String file) {
        try {
            PrintStream to = new PrintStream(new FileOutputStream(file, true), true, StandardCharsets.UTF_8);
            System.setOut(to);
            System.setErr(to);
        } catch (FileNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized void executionStarted(TestIdentifier identifier) {
        event("the start of ", identifier);
    }

    private void event(String what, TestIdentifier identifier) {
        if (watchdog != null) {
            boolean slow = identifier.getTags().stream().anyMatch(LONG_TAGS::contains);
            watchdog.event(
                    what + name(identifier) + " " + identifier.getDisplayName(), slow ? LONG_PATIENCE : PATIENCE);
        }
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier identifier, String reason) {
        if (run != null) {
            skip(identifier, reason);
            count(identifier);
        }
    }

    @Override
    public synchronized void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
        if (run == null) {
            return;
        }
        event("the end of ", identifier);
        Throwable cause = result.getThrowable().orElse(null);
        switch (result.getStatus()) {
            case FAILED -> fail(identifier, cause);
            case ABORTED -> skip(identifier, cause == null ? "aborted" : String.valueOf(cause.getMessage()));
            case SUCCESSFUL -> {}
        }
        count(identifier);
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan plan) {
        if (run == null) {
            return;
        }
        skipped.forEach((reason, places) -> out.println(prefix() + "skipped, " + reason + ": " + places.size() + " in "
                + String.join(", ", shortened(places))));
        tell("done");
        if (watchdog != null) {
            watchdog.stop();
            watchdog = null;
        }
    }

    private void count(TestIdentifier identifier) {
        if (identifier.isTest()) {
            tests++;
        }
        if (isClass(identifier)) {
            ended++;
            if (System.nanoTime() - told > PAUSE.toNanos()) {
                tell(name(identifier));
            }
        }
    }

    private void tell(String where) {
        told = System.nanoTime();
        out.println(prefix() + ended + " of " + classes + " classes, " + tests + " tests, " + failed + " failed, "
                + skips + " skipped, " + Duration.ofNanos(told - began).toSeconds() + " s: " + where);
    }

    private void fail(TestIdentifier identifier, @Nullable Throwable cause) {
        failed++;
        StringWriter trace = new StringWriter();
        if (cause != null) {
            cause.printStackTrace(new PrintWriter(trace, true));
        }
        out.println(prefix() + "FAILED " + name(identifier) + " " + identifier.getDisplayName() + "\n" + trace);
        String list = System.getProperty("sandjar.test.failed");
        if (list != null && failedClasses.add(className(identifier))) {
            write(Path.of(list));
        }
    }

    private void write(Path list) {
        try {
            Files.write(list, failedClasses);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The class in whose file it stands, or what JUnit calls it. */
    private static String className(TestIdentifier identifier) {
        var source = identifier.getSource().orElse(null);
        String name = identifier.getDisplayName();
        if (source instanceof MethodSource method) {
            name = method.getClassName();
        } else if (source instanceof ClassSource type) {
            name = type.getClassName();
        }
        return name.replaceAll("[$].*", "");
    }

    private void skip(TestIdentifier identifier, String reason) {
        skips++;
        String line = reason.lines().findFirst().orElse("no reason given");
        skipped.computeIfAbsent(line, r -> new TreeSet<>()).add(name(identifier));
    }

    private String prefix() {
        return "[" + run + "] ";
    }

    /** The classes of what was skipped, each once. */
    private static Set<String> shortened(Set<String> places) {
        Set<String> names = new TreeSet<>();
        places.forEach(place -> names.add(place.replaceAll("[.].*", "")));
        return names;
    }

    private static boolean isClass(TestIdentifier identifier) {
        return identifier.getSource().orElse(null) instanceof ClassSource;
    }

    private static String name(TestIdentifier identifier) {
        var source = identifier.getSource().orElse(null);
        if (source instanceof MethodSource method) {
            return simple(method.getClassName()) + "." + method.getMethodName();
        }
        if (source instanceof ClassSource type) {
            return simple(type.getClassName());
        }
        return identifier.getDisplayName();
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
