package dev.sandjar;

import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.WrittenLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the engine may do here; found by its name. */
final class Access implements GroundAccess {
    @Override
    public void name(SandboxException failure, String sandbox) {
        failure.of(sandbox);
    }

    @Override
    public RunResult result(
            Command command, Captured stdout, Captured stderr, ExitReport report, @Nullable WrittenLayer layer) {
        return new RunResult(command, stdout, stderr, report, layer);
    }

    @Override
    public InterruptedException interrupted(RunResult result) {
        return new CommandInterruptedException(result);
    }

    @Override
    public @Nullable InputStream openInput(Command command) throws IOException {
        return command.openInput();
    }

    @Override
    public void checkFurther(Command command) {
        command.checkFurther();
    }

    @Override
    public void checkStart(Command command) {
        command.checkStart();
    }

    @Override
    public void keepFor(SandboxProcess process, Object something) {
        process.needs(something);
    }

    @Override
    public void closeAfter(SandboxProcess process, CompletableFuture<?> work) {
        process.closesAfter(work);
    }

    @Override
    public void writesTo(SandboxProcess process, @Nullable WrittenLayer layer) {
        process.writesTo(layer);
    }

    @Override
    public @Nullable WrittenLayer layer(SandboxProcess process) {
        return process.layer();
    }

    @Override
    public Limits preset(Limits limits) {
        return limits.asPreset();
    }

    @Override
    public ProcessAttributes preset(ProcessAttributes process) {
        return process.asPreset();
    }

    @Override
    public Set<String> presetVariables(ProcessAttributes process) {
        return process.variables().presets();
    }

    @Override
    public MountEntry presetHosts() {
        return Presets.HOSTS;
    }

    @Override
    public MountEntry presetNameServices() {
        return Presets.NAME_SERVICES;
    }

    @Override
    public Namespaces allowNested(Namespaces namespaces) {
        return namespaces.allowNestedUserNamespaces();
    }

    @Override
    public SandboxBuilder reverseEnv(SandboxBuilder builder) {
        builder.parts.reverseEnv();
        return builder;
    }

    @Override
    public SandboxBuilder replaceSources(SandboxBuilder builder, Map<Path, Path> copies) {
        builder.parts.replaceSources(copies);
        return builder;
    }
}
