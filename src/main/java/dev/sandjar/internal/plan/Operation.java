package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.protocol.WireWriter;
import org.jspecify.annotations.Nullable;

/**
 * One step for the launcher. Immutable.
 *
 * @param flags of {@link Opcode}
 * @param step what it does, for people
 * @param isolation what is missing where the kernel refuses it, null if that is not its fault
 */
record Operation(Work work, int flags, String step, @Nullable Isolation isolation) {
    Opcode code() {
        return Bodies.code(work);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The same, for each sandbox alone. */
    Operation perSandbox() {
        return with(flags | Opcode.PER_SANDBOX);
    }

    /** The same with other flags. */
    Operation with(int newFlags) {
        return new Operation(work, newFlags, step, isolation);
    }

    /** The path in the new root on which it acts, "" where there is none. */
    String target() {
        return work instanceof Work.Placed placed ? placed.target() : "";
    }

    /**
     * The same at another path.
     *
     * @throws IllegalStateException if it acts on none
     */
    Operation at(String path) {
        if (!(work instanceof Work.Placed placed)) {
            throw new IllegalStateException(code() + " has no target");
        }
        return new Operation(placed.at(path), flags, step, isolation);
    }

    void encode(WireWriter out, OneStart start) {
        out.u16(code().number).u16(flags).blob(Bodies.of(work, start));
    }
}
