package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.WireException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How calls become bytes, and bytes results. Methods throw {@link WireException} for what the contract or the limits don't allow. */
interface Protocol {
    /** A call in pieces. */
    List<byte[]> call(
            int id,
            ContractMethod method,
            @Nullable Object @Nullable [] arguments,
            @Nullable CallbackReferences references);

    /** What tells the worker that nobody waits any more, or null if there is no such message. */
    byte @Nullable [] cancel(int id);

    /** The first message of what was received, or null if it has not all arrived. */
    @Nullable
    Incoming next(Inbox inbox);

    /** A reply that nobody waits for any more. */
    void discard(Incoming reply);

    /** The result of a method, or what it throws. */
    @Nullable
    Object result(Incoming reply, ContractMethod method) throws Throwable;
}
