package dev.sandjar.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Command;
import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.runtime.ContainerAnswer;
import dev.sandjar.internal.runtime.ContainerPlan;
import dev.sandjar.linux.CgroupPath;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code sandjar-oci} runs Java for: a configuration becomes the bytes that it carries out, which compiled.h of the native sources
 * describes. They go to standard output; nothing else does.
 */
final class RuntimeCompiler {
    private static final int ARGUMENTS = 5;
    private static final String UPDATE = "update";
    private static final int UPDATE_WORDS = 3;
    private static final String SERVE = "serve";
    private static final int SERVE_WORDS = 2;

    private RuntimeCompiler() {}

    /**
     * @param args directory of the bundle, the file with its configuration, id, features of the kernel, preserved descriptors; of a further
     *     program what {@link FurtherProcess} takes; or "update" with the files of a configuration and of resources that lie over its
     *     own; or "serve" and the socket of a {@link ResidentCompiler}; or what {@link RuntimeInstaller} takes
     */
    public static void main(String[] args) throws IOException {
        List<String> words = List.of(args);
        if (RuntimeInstaller.isFor(words)) {
            // Its notice that there is no logging back end is no concern of whoever installs.
            System.setProperty("slf4j.internal.verbosity", "ERROR");
            System.exit(RuntimeInstaller.run(words, System.out, System.err));
        }
        if (words.size() == SERVE_WORDS && words.get(0).equals(SERVE)) {
            ResidentCompiler.serve(Path.of(words.get(1)));
        }
        byte[] answer = answer(words, false);
        try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
            out.write(answer);
        }
    }

    /** @param resident whether this process is in another cgroup than who asks; of what depends on that it has no answer, no byte */
    static byte[] answer(List<String> words, boolean resident) {
        try {
            if (words.size() == UPDATE_WORDS && words.get(0).equals(UPDATE)) {
                return ResourceUpdate.of(content(Path.of(words.get(1))), content(Path.of(words.get(2))));
            }
            if (words.size() < ARGUMENTS) {
                throw new IllegalArgumentException("it is run by sandjar-oci");
            }
            return compiled(
                    Path.of(words.get(0)),
                    Path.of(words.get(1)),
                    words.get(2),
                    Integer.parseUnsignedInt(words.get(3)),
                    Integer.parseInt(words.get(4)),
                    words.subList(ARGUMENTS, words.size()),
                    resident);
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            return ContainerAnswer.refusal(String.valueOf(e.getMessage()));
        }
    }

    private static byte[] compiled(
            Path directory, Path config, String id, int features, int preserved, List<String> further, boolean resident)
            throws IOException {
        OciBundle bundle = further.isEmpty()
                ? OciBundle.exactly(directory, content(config))
                : OciBundle.exactly(directory, FurtherProcess.of(content(config), further));
        if (resident && further.isEmpty() && !bundle.hasCgroups()) {
            return new byte[0];
        }
        Command command = bundle.command()
                .orElseThrow(() -> new InvalidBundleException("/process/args", "is missing: there is nothing to run"));
        ContainerPlan plan = further.isEmpty()
                ? plan(bundle, command, id, features, preserved)
                : ContainerPlan.of(bundle.sandbox(), command, bundle.noNewPrivileges(), 0, features, preserved);
        List<List<ContainerAnswer.Hook>> hooks = new ArrayList<>();
        for (OciHook.Point point : OciHook.Point.values()) {
            hooks.add(bundle.hooks().getOrDefault(point, List.of()).stream()
                    .map(RuntimeCompiler::hook)
                    .toList());
        }
        String root = bundle.json.path("root").path("path").asText("/");
        return ContainerAnswer.of(
                new ContainerAnswer.Configuration(
                        bundle.version(),
                        bundle.json.get("annotations") instanceof ObjectNode map ? map.toString() : "{}",
                        directory,
                        directory.resolve(root).normalize(),
                        command.terminal().isPresent(),
                        bundle.hasPidNamespace(),
                        hooks,
                        bundle.notes()),
                plan);
    }

    static byte[] content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(OciBundle.BYTES_MAX + 1);
        }
    }

    /** Whoever names no cgroups has them below those of the caller, and can do without where nothing needs them and none can be made. */
    private static ContainerPlan plan(OciBundle bundle, Command command, String id, int features, int preserved)
            throws IOException {
        boolean kept = bundle.noNewPrivileges();
        long shares = bundle.cpuShares();
        Sandbox sandbox = bundle.sandbox();
        if (sandbox.cgroupPath().isPresent()) {
            return ContainerPlan.of(sandbox, command, kept, shares, features, preserved);
        }
        try {
            Sandbox placed = sandbox.toBuilder().cgroupPath(CgroupPath.of(id)).build();
            return ContainerPlan.of(placed, command, kept, shares, features, preserved);
        } catch (UnsupportedIsolationException e) {
            boolean needed = !sandbox.limits().isEmpty() || sandbox.accounting();
            if (needed || !e.isolation().equals(Optional.of(Isolation.CGROUP_LIMITS))) {
                throw e;
            }
            return ContainerPlan.of(sandbox, command, kept, shares, features, preserved);
        }
    }

    private static ContainerAnswer.Hook hook(OciHook hook) {
        return new ContainerAnswer.Hook(
                hook.path(),
                hook.arguments().isEmpty() ? List.of(hook.path()) : hook.arguments(),
                hook.environment().entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .toList(),
                hook.timeout().map(Duration::toSeconds).orElse(0L));
    }
}
