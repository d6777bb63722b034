package dev.sandjar.junit;

import dev.sandjar.MountOption;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.io.IOException;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Provides tests with sandboxes as parameters, and cleans up after each test:
 *
 * <pre>{@code
 * @ExtendWith(SandboxExtension.class)
 * @EnabledIfSandbox
 * class CompilerTest {
 *     @Test
 *     void compiles(Sandbox sandbox) throws Exception {
 *         RunResult result = sandbox.run("sh", "-c", "echo 'int main(void){}' >a.c && gcc a.c");
 *         SandboxAssertions.assertThat(result).succeeded().changes().createsOnly("/work/a.c", "/work/a.out");
 *     }
 * }
 * }</pre>
 *
 * <p>Methods with {@code @Test}, {@code @BeforeEach} and {@code @AfterEach} can have parameters of these types:
 *
 * <ul>
 *   <li>{@link SandboxBuilder}: {@link Sandbox#hermetic()} with {@link SandboxBuilder#hostPrograms()}, to be changed and built by the test
 *   <li>{@link Sandbox}: a sandbox built of that
 *   <li>{@link Path} with {@link Scratch}: a directory of the host, empty at first and one for each test, which these sandboxes see at
 *       {@value #SCRATCH}
 *   <li>{@link Cluster} with {@link Nodes}: a network with some members, which can be made to fail
 * </ul>
 *
 * <p>When a test has ended, processes that its sandboxes started and that still run are killed with their whole trees, and captured
 * changes and the scratch directory are removed. When a test method, or a method with {@code @BeforeEach} or
 * {@code @AfterEach}, has failed, its message gets a description of its runs: verdict,
 * usage, the end of the output, and the changes, and of a {@link Cluster} what was done to it when; an exception other than an {@link AssertionError} has it as a suppressed exception.
 * Thread-safe: tests may run in parallel.
 */
public final class SandboxExtension
        implements ParameterResolver,
                AfterEachCallback,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler {
    /** The path inside at which sandboxes see the directory of {@link Scratch}. */
    public static final String SCRATCH = "/scratch";

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(SandboxExtension.class);

    /** Makes an extension; JUnit calls this. */
    public SandboxExtension() {}

    private static TestRuns runs(ExtensionContext context) {
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(TestRuns.class, type -> new TestRuns(), TestRuns.class);
    }

    private static boolean isScratch(Parameter parameter) {
        return parameter.getType() == Path.class && parameter.isAnnotationPresent(Scratch.class);
    }

    private static boolean isCluster(Parameter parameter) {
        return parameter.getType() == Cluster.class && parameter.isAnnotationPresent(Nodes.class);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return context.getTestMethod().isPresent()
                && (type == Cluster.class
                        || type == Sandbox.class
                        || type == SandboxBuilder.class
                        || isScratch(parameter.getParameter()));
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestRuns runs = runs(context);
        if (isScratch(parameter.getParameter())) {
            return runs.scratch();
        }
        if (parameter.getParameter().getType() == Cluster.class) {
            if (!isCluster(parameter.getParameter())) {
                throw new ParameterResolutionException(
                        "how many nodes the Cluster has is not said: write @Nodes(3) before it");
            }
            return runs.cluster(parameter.getParameter().getAnnotation(Nodes.class));
        }
        SandboxBuilder builder = Sandbox.hermetic().hostPrograms().listener(runs);
        boolean wantsScratch = context.getTestMethod().stream()
                .flatMap(method -> Stream.of(method.getParameters()))
                .anyMatch(SandboxExtension::isScratch);
        if (wantsScratch || runs.hasScratch()) {
            builder.bind(runs.scratch(), SCRATCH, MountOption.IDMAPPED_ROOT);
        }
        return parameter.getParameter().getType() == Sandbox.class ? builder.build() : builder;
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        handleTestExecutionException(context, failure);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        handleTestExecutionException(context, failure);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        String report = failure instanceof TestAbortedException
                ? ""
                : runs(context).describeBeyond(String.valueOf(failure.getMessage()));
        if (report.isEmpty()) {
            throw failure;
        }
        if (failure instanceof AssertionError) {
            throw withReport(failure, report);
        }
        // Of another type, which somebody may look for: it stays, and the report goes along.
        failure.addSuppressed(new RunReport(report));
        throw failure;
    }

    private static AssertionFailedError withReport(Throwable failure, String report) {
        String message = failure.getMessage() + "\n\n" + report;
        AssertionFailedError told =
                failure instanceof AssertionFailedError known && known.isExpectedDefined() && known.isActualDefined()
                        ? new AssertionFailedError(message, known.getExpected(), known.getActual(), failure)
                        : new AssertionFailedError(message, failure);
        told.setStackTrace(failure.getStackTrace());
        return told;
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        TestRuns runs = context.getStore(NAMESPACE).remove(TestRuns.class, TestRuns.class);
        if (runs != null) {
            runs.close(context.getExecutionException()
                    .filter(failure -> !(failure instanceof TestAbortedException))
                    .isPresent());
        }
    }
}
