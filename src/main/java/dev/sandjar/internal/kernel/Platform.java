package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import java.util.Locale;
import java.util.Optional;

/** Whether there can be sandboxes where this JVM runs: on Linux, on a processor that this library has a launcher for. */
public final class Platform {
    /** Names a launcher that the jar does not carry. */
    public static final String LAUNCHER_PROPERTY = "sandjar.launcher";

    private static final String STEP = "look for a Linux kernel";

    private Platform() {}

    /** What stands in the way of all sandboxes, in a sentence; nothing of this library has been loaded for that. */
    public static Optional<SandboxException> problem() {
        return problem(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static Optional<SandboxException> problem(String system, String processor) {
        if (!system.equals("Linux")) {
            return Optional.of(new SandboxException(
                    STEP,
                    null,
                    null,
                    0,
                    "isolation needs a Linux kernel, and this is " + named(system),
                    elsewhere(system)));
        }
        if (Architecture.of(processor) == Architecture.OTHER) {
            return Optional.of(
                    new SandboxException(
                            STEP,
                            null,
                            null,
                            0,
                            "isolation needs a 64-bit JVM for x86-64 or aarch64, and this one is for "
                                    + named(processor),
                            "run a JVM of 64 bits on one of these processors: a 64-bit kernel below a JVM of 32 bits is not enough"));
        }
        String program = launcher(processor);
        if (System.getProperty(LAUNCHER_PROPERTY) == null && Platform.class.getResource(program) == null) {
            return Optional.of(new SandboxException(
                    STEP,
                    null,
                    program,
                    0,
                    "this jar has no launcher for " + platform(processor),
                    "build it on such a machine, or name a launcher with -D" + LAUNCHER_PROPERTY + "=FILE"));
        }
        return Optional.empty();
    }

    private static String named(String name) {
        return name.isEmpty() ? "an unknown one" : name;
    }

    private static String elsewhere(String system) {
        String lower = system.toLowerCase(Locale.ROOT);
        String first =
                lower.startsWith("windows") ? "in WSL 2, " : lower.startsWith("mac") ? "in a Linux container, " : "";
        return "run Java " + first + "in a dev container, in a virtual machine, or in CI; docs/running.md says how";
    }

    /** @throws SandboxException if there can be no sandbox */
    public static void require() throws SandboxException {
        Optional<SandboxException> problem = problem();
        if (problem.isPresent()) {
            throw problem.get();
        }
    }

    /** Where the jar has the launcher for such a processor. */
    public static String launcher(String processor) {
        return "/" + platform(processor) + "/sandjar-launcher";
    }

    /** JNA's names, which the build uses too. */
    public static String platform(String processor) {
        return "linux-" + (Architecture.of(processor) == Architecture.X86_64 ? "x86-64" : processor);
    }
}
