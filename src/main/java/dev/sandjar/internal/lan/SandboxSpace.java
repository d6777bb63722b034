package dev.sandjar.internal.lan;

import dev.sandjar.SandboxProcess;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The network namespace of one sandbox that is made before the sandbox, and is owned outside of it. Thread-safe. */
public interface SandboxSpace extends AutoCloseable {
    /** What a start brings along: the namespace, and its owner if that is not this process's. */
    int[] descriptors();

    /** The sandbox has it, or never will. */
    void sent();

    /** Whose it is. */
    void isOf(SandboxProcess process);

    /**
     * Of a sandbox that has ended: completes when what belonged to it is free.
     *
     * @param killed whether the host has killed it
     */
    CompletableFuture<@Nullable Void> afterSandbox(boolean killed);

    /** Nobody is there any more. */
    @Override
    void close();
}
