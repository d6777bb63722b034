package dev.sandjar.limits;

import dev.sandjar.Isolation;
import dev.sandjar.Rlimit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;

/** Starts what {@link HardLimitIT} asks for, in a JVM whose own limits are low. */
final class HardLimitMain {
    private HardLimitMain() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "presets" -> {
                show(Sandbox.untrusted());
                show(Sandbox.hermetic().hostPrograms());
            }
            case "stand-ins" -> show(Sandbox.untrusted().pidsLimit(1_000_000).allowDegraded(Isolation.CGROUP_LIMITS));
            case "chosen" -> {
                Rlimit limit = Rlimit.valueOf(arguments[1]);
                long value = Long.parseLong(arguments[2]);
                show(Sandbox.hermetic().hostPrograms().process(p -> p.rlimit(limit, value)
                        .coreDumps(limit == Rlimit.CORE)));
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void show(SandboxBuilder builder) throws Exception {
        Sandbox sandbox = builder.build();
        try {
            System.out.println(sandbox.run("cat", "/proc/self/limits").orThrow().stdout());
        } catch (SandboxException e) {
            System.out.println("refused: " + e.getMessage());
        }
        sandbox.explain().entries().forEach(System.out::println);
    }
}
