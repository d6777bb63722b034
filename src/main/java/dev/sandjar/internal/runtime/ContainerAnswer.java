package dev.sandjar.internal.runtime;

import dev.sandjar.internal.protocol.WireWriter;
import java.nio.file.Path;
import java.util.List;

/** What the runtime command is told of a configuration: compiled.h of the native sources. */
public final class ContainerAnswer {
    private static final int FORMAT = 1;
    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int CHANGES = 2;
    private static final int TERMINAL = 1;
    private static final int OWN_PID_NAMESPACE = 2;

    private ContainerAnswer() {}

    /**
     * What is not in the plan.
     *
     * @param annotations as JSON
     * @param hooks of each point, in the order of their points
     */
    public record Configuration(
            String version,
            String annotations,
            Path bundle,
            Path root,
            boolean terminal,
            boolean ownPidNamespace,
            List<List<Hook>> hooks,
            List<String> notes) {}

    /** @param seconds until it is killed, 0 for never */
    public record Hook(String path, List<String> arguments, List<String> environment, long seconds) {}

    /** A limit as both versions of cgroups have it; "" is a file that a version does not have. */
    public record Change(String v1, String value1, String v2, String value2) {}

    /**
     * What becomes of the limits of a container that runs.
     *
     * @param config the configuration with them
     */
    public static byte[] changes(byte[] config, List<Change> changes) {
        WireWriter out = new WireWriter().u32(FORMAT).u32(CHANGES).blob(config).u32(changes.size());
        changes.forEach(
                change -> out.str(change.v1).str(change.value1).str(change.v2).str(change.value2));
        return out.bytes();
    }

    public static byte[] refusal(String why) {
        return new WireWriter().u32(FORMAT).u32(REFUSED).str(why).bytes();
    }

    public static byte[] of(Configuration configuration, ContainerPlan plan) {
        WireWriter out = new WireWriter().u32(FORMAT).u32(DONE);
        out.str(configuration.version())
                .str(configuration.annotations())
                .str(configuration.bundle())
                .str(configuration.root())
                .u32((configuration.terminal() ? TERMINAL : 0)
                        | (configuration.ownPidNamespace() ? OWN_PID_NAMESPACE : 0));
        plan.write(out);
        for (List<Hook> point : configuration.hooks()) {
            out.u32(point.size());
            for (Hook hook : point) {
                out.str(hook.path())
                        .strv(hook.arguments())
                        .strv(hook.environment())
                        .u64(hook.seconds());
            }
        }
        return out.strv(configuration.notes()).bytes();
    }
}
