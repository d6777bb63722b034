package dev.sandjar.internal.cni;

import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Plugins as programs of a sandbox that keeps little from them: it bounds their time and output, and ends what they leave. */
final class PluginPrograms {
    /** What a plugin writes to standard output and to standard error together. */
    static final DataSize OUTPUT_MAX = DataSize.mebibytes(1);

    /** More than what it may write, so that nothing is cut. */
    private static final DataSize CAPTURE = DataSize.mebibytes(2);

    private static final String RUN = "/run";
    private static final List<Capability> NEEDED =
            List.of(Capability.NET_ADMIN, Capability.SYS_ADMIN, Capability.NET_RAW, Capability.NET_BIND_SERVICE);

    private PluginPrograms() {}

    /**
     * In a network namespace of the keeper's.
     *
     * @param owner a descriptor of the user namespace that owns it, -1 if that is this process's
     * @param run takes the place of {@code /run}, where locks and sockets of the host's services are
     */
    static Sandbox inKeepers(int owner, int namespace, Path run, Duration timeout) throws IOException {
        SandboxBuilder builder = bounded(timeout)
                .network(Network.namespace(descriptor(namespace)))
                .mountNamespace()
                .bind(run, RUN);
        if (owner >= 0) {
            return builder.namespaces(n -> n.join(NamespaceKind.USER, descriptor(owner)))
                    .keepCapabilities(NEEDED.toArray(Capability[]::new))
                    .build();
        }
        Host host = Host.detect(0);
        return builder.keepCapabilities(NEEDED.stream().filter(host::has).toArray(Capability[]::new))
                .build();
    }

    /** Where this process is, with all that it may do. */
    static Sandbox onHost(Duration timeout) throws IOException {
        Host host = Host.detect(0);
        return bounded(timeout)
                .keepCapabilities(
                        Arrays.stream(Capability.values()).filter(host::has).toArray(Capability[]::new))
                .build();
    }

    private static SandboxBuilder bounded(Duration timeout) {
        return Sandbox.builder()
                .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
                .timeout(timeout)
                .outputLimit(OUTPUT_MAX);
    }

    static Path descriptor(int number) {
        return Path.of("/proc/self/fd/" + number);
    }

    /** An interrupt does not cut it short: what a plugin has begun it has to end. */
    static RunResult run(Sandbox sandbox, Command command) throws IOException {
        CompletableFuture<RunResult> result = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                result.complete(sandbox.run(command, CAPTURE));
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
