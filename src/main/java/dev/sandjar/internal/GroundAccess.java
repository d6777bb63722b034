package dev.sandjar.internal;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Limits;
import dev.sandjar.MountEntry;
import dev.sandjar.Namespaces;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.util.Implementation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the engine may do with objects of the API that their users may not, the way back through the door: package-private there, since Java
 * knows no friends. Never asked by the API itself. Thread-safe.
 */
public interface GroundAccess {
    /** That of this library: found as the engine is. */
    static GroundAccess get() {
        return Found.ACCESS;
    }

    /** Has an exception say which sandbox it is about. */
    void name(SandboxException failure, String sandbox);

    RunResult result(
            Command command, Captured stdout, Captured stderr, ExitReport report, @Nullable WrittenLayer layer);

    /** The exception of a run that was interrupted, when its program has been killed. */
    InterruptedException interrupted(RunResult result);

    /** What a run writes to standard input, from its beginning; null for nothing. */
    @Nullable
    InputStream openInput(Command command) throws IOException;

    /** Refuses what a further program of a sandbox, which ends with the main one, does not have of its own. */
    void checkFurther(Command command);

    /** Refuses what only a run serves, which reads and writes the streams itself. */
    void checkStart(Command command);

    /** Keeps something reachable while the sandbox lives. */
    void keepFor(SandboxProcess process, Object something);

    /** Has {@link SandboxProcess#close()} wait for this too. */
    void closeAfter(SandboxProcess process, CompletableFuture<?> work);

    void writesTo(SandboxProcess process, @Nullable WrittenLayer layer);

    /** The layer that a process writes to; null if it has none that stays. */
    @Nullable
    WrittenLayer layer(SandboxProcess process);

    /** The same limits, all of a preset. */
    Limits preset(Limits limits);

    /** The same, with all variables and resource limits those of a preset. */
    ProcessAttributes preset(ProcessAttributes process);

    /** Names of variables that a preset has brought, and nobody has set since. */
    Set<String> presetVariables(ProcessAttributes process);

    /** The {@code /etc/hosts} that a preset brings. */
    MountEntry presetHosts();

    /** The {@code /etc/nsswitch.conf} that a preset brings. */
    MountEntry presetNameServices();

    /** Lets nested user namespaces in again, some. */
    Namespaces allowNested(Namespaces namespaces);

    SandboxBuilder reverseEnv(SandboxBuilder builder);

    SandboxBuilder replaceSources(SandboxBuilder builder, Map<Path, Path> copies);

    /**
     * Output of a program.
     *
     * @param bytes are not copied
     * @param truncated whether they are only the beginning
     */
    @SuppressWarnings("ArrayRecordComponent") // is only handed over
    record Captured(byte[] bytes, boolean truncated) {}

    /** Holds it once it is found. */
    final class Found {
        private static final GroundAccess ACCESS = Implementation.of(GroundAccess.class, "dev.sandjar.Access");

        private Found() {}
    }
}
