package dev.sandjar.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.internal.Nullable;
import dev.sandjar.policy.RootPolicy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the launcher will do for every start of one Sandbox on this host. Immutable and thread-safe. */
public final class Plan {
    static final int STAGE = 1;
    static final int INIT = 1 << 1;
    static final int PAYLOAD_PID = 1 << 2;
    static final int NETWORK = 1 << 3;
    static final int LOOPBACK = 1 << 4;
    static final int PROMPT = 1 << 5;
    static final int COUNT_NETWORK = 1 << 6;

    private final Draft draft;
    private final AppliedPolicy applied;
    private final byte[] encoded;

    Plan(Draft draft, long base) {
        this.draft = draft;
        this.applied = new AppliedPolicy(draft.entries);
        this.encoded = encode(draft, base);
    }

    private static byte[] encode(Draft draft, long base) {
        WireWriter out = new WireWriter().u32(draft.flags).u64(draft.cloneFlags);
        List<List<Operation>> sections = List.of(draft.outer, draft.setup, draft.process, draft.cgroup);
        sections.forEach(s -> out.u32(s.size()));
        sections.forEach(s -> s.forEach(op -> op.encode(out, base)));
        return out.bytes();
    }

    /** The plan of a start whose private id block begins at {@code base}: this one, unless its operations depend on that. */
    public Plan at(long base) {
        return draft.dependsOnBase ? new Plan(draft, base) : this;
    }

    /** Whether {@link #at} gives a plan of its own for every start. */
    public boolean dependsOnBase() {
        return draft.dependsOnBase;
    }

    /** The body of SJ_PLAN. */
    public byte[] encoded() {
        return encoded.clone();
    }

    /** Files to open read-only and to send along with the plan, in this order. */
    public List<Path> descriptors() {
        return List.copyOf(draft.descriptors);
    }

    public Bounds bounds() {
        return Bounds.of(draft.policy.bounds());
    }

    public IdMapPlan idMap() {
        return draft.idMap;
    }

    /** Defaults that a command's variables add to or replace. */
    public Map<String, String> environment() {
        return new LinkedHashMap<>(draft.environment);
    }

    /** Working directory inside; null leaves the root's "/", or the host process's own. */
    public @Nullable String directory() {
        return draft.directory;
    }

    public AppliedPolicy applied() {
        return applied;
    }

    /** The writable layer of an overlay whose changes stay, if the root is one. */
    public @Nullable Path upperDirectory() {
        if (draft.policy.root() instanceof RootPolicy.Overlay overlay
                && overlay.upper() instanceof RootPolicy.Upper.Given given) {
            return given.path();
        }
        return draft.upperDirectory == null ? null : draft.upperDirectory.resolve("upper");
    }

    /** What happened at a place that the launcher names, for people. */
    public String stepName(int section, int opcode, int index) {
        Operation op = operation(section, index);
        if (op != null && op.code().number == opcode) {
            return op.step();
        }
        Section place = Section.of(section);
        return place == null ? "step " + section : place.step;
    }

    @Nullable
    Isolation isolation(int section, int index) {
        Operation op = operation(section, index);
        return op == null ? null : op.isolation();
    }

    long cloneFlags() {
        return draft.cloneFlags;
    }

    private @Nullable Operation operation(int section, int index) {
        Section place = Section.of(section);
        if (place == null) {
            return null;
        }
        List<Operation> list =
                switch (place) {
                    case OUTER -> draft.outer;
                    case SETUP -> draft.setup;
                    case PROCESS -> draft.process;
                    case CGROUP -> draft.cgroup;
                    default -> List.of();
                };
        return index >= 0 && index < list.size() ? list.get(index) : null;
    }
}
