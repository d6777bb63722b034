package dev.sandjar.internal.start;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.reuse.Templates;
import java.util.List;

/** The body of a start that no launcher of this JVM carries out. */
public final class StartBody {
    private StartBody() {}

    /**
     * Encodes a start of a plan whose ids are known.
     *
     * @param targets the numbers that the passed descriptors get, ascending
     * @throws IllegalArgumentException if the plan needs host ids that only a running launcher can hold
     */
    public static byte[] of(Plan plan, Command command, List<Integer> targets) throws SandboxException {
        if (plan.idMap().privateBlock() > 0) {
            throw new IllegalArgumentException("the plan needs ids of its own");
        }
        return new StartRequest(plan, command).start(0, Templates.Use.NONE, plan.idMap(), targets);
    }
}
