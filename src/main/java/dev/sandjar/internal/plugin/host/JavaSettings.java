package dev.sandjar.internal.plugin.host;

import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker for Java is started with.
 *
 * @param sandbox without the files of the plugin
 * @param memory what the sandbox may use, or null if that is not known here
 * @param heap of the virtual machine, or null to derive it
 */
record JavaSettings(
        Class<?> contract,
        String implementation,
        List<Path> classPath,
        Sandbox sandbox,
        @Nullable DataSize memory,
        @Nullable DataSize heap,
        Path jdk,
        List<String> options,
        boolean archive,
        HostLimits limits) {}
