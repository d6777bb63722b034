package dev.sandjar.internal;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the engine may do with objects of the API that their users may not: the way back through the door. */
public abstract class GroundAccess {
    private static volatile @Nullable GroundAccess access;

    /** Set by the ground, once. */
    public static void set(GroundAccess given) {
        access = given;
    }

    public static GroundAccess get() {
        if (access == null) {
            initialize();
        }
        return Objects.requireNonNull(access, "access to dev.sandjar");
    }

    private static void initialize() {
        try {
            Class.forName(Sandbox.class.getName(), true, Sandbox.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("it is there: it was named", e);
        }
    }

    /** Has an exception say which sandbox it is about. */
    public abstract void name(SandboxException failure, String sandbox);

    public abstract RunResult result(
            Command command, Captured stdout, Captured stderr, ExitReport report, @Nullable WrittenLayer layer);

    /** Keeps something reachable while the sandbox lives. */
    public abstract void keepFor(SandboxProcess process, Object something);

    /** Has {@link SandboxProcess#close()} wait for this too. */
    public abstract void closeAfter(SandboxProcess process, CompletableFuture<?> work);

    public abstract void writesTo(SandboxProcess process, @Nullable WrittenLayer layer);

    /** The layer that a process writes to; null if it has none that stays. */
    public abstract @Nullable WrittenLayer layer(SandboxProcess process);

    public abstract SandboxBuilder reverseEnv(SandboxBuilder builder);

    public abstract SandboxBuilder replaceSources(SandboxBuilder builder, Map<Path, Path> copies);

    /**
     * Output of a program.
     *
     * @param bytes are not copied
     * @param truncated whether they are only the beginning
     */
    @SuppressWarnings("ArrayRecordComponent") // is only handed over
    public record Captured(byte[] bytes, boolean truncated) {}
}
