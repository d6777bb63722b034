package dev.sandjar.oci;

import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.Verdict;
import dev.sandjar.internal.kernel.KeptBeginning;
import dev.sandjar.internal.kernel.MemoryFile;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.FileNames;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the hooks of one point, one after the other; the state of the container is their input. */
final class HookRunner {
    private static final Duration FOREVER = Duration.ofDays(36_500);
    private static final String PERMITTED = "CapPrm:";
    private static final int OUTPUT_SHOWN = 2_000;

    /** Where a hook of the container's own is run. */
    interface Inside {
        RunResult run(Command command, Duration timeout) throws IOException, InterruptedException;
    }

    private HookRunner() {}

    /** Hooks of the host run in the bundle's directory, whose name the JDK takes as text, and all are told it as JSON. */
    static void requireText(Path bundle) throws InvalidBundleException {
        byte[] name = PathBytes.of(bundle);
        String text = FileNames.decode(name);
        boolean utf8 = text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
        if (!utf8 || !text.equals(bundle.toAbsolutePath().normalize().toString())) {
            throw new InvalidBundleException(
                    "/hooks",
                    "can't be run in the bundle's directory " + PathBytes.shown(bundle) + ", whose name "
                            + (utf8
                                    ? "this JVM's file name encoding (" + System.getProperty("sun.jnu.encoding")
                                            + ") can't say; start java in a UTF-8 locale, such as LC_ALL=C.UTF-8"
                                    : "is not UTF-8; rename it"));
        }
    }

    // ---- in the container's namespaces

    static void inside(OciHook.Point point, List<OciHook> hooks, OciState state, Inside inside)
            throws IOException, InterruptedException {
        for (OciHook hook : hooks) {
            check(point, hook, run(point, hook, command(hook, state), inside));
        }
    }

    private static Command command(OciHook hook, OciState state) {
        List<String> args = hook.arguments();
        Command command = Command.of(
                        hook.path(),
                        args.isEmpty()
                                ? new String[0]
                                : args.subList(1, args.size()).toArray(new String[0]))
                .env(hook.environment())
                .input(state.toJson());
        return args.isEmpty() ? command : command.arg0(args.get(0));
    }

    private static RunResult run(OciHook.Point point, OciHook hook, Command command, Inside inside)
            throws IOException, InterruptedException {
        try {
            return inside.run(command, hook.timeout().orElse(FOREVER));
        } catch (IOException e) {
            throw new OciHookException(point, hook, e);
        }
    }

    private static void check(OciHook.Point point, OciHook hook, RunResult result) throws OciHookException {
        Verdict verdict = result.report().verdict();
        if ((verdict == Verdict.DESTROYED || verdict == Verdict.TIMED_OUT)
                && hook.timeout().isPresent()) {
            throw tooLong(point, hook);
        }
        if (result.exitValue() != 0) {
            throw failed(point, hook, result.exitValue(), result.stderr() + result.stdout());
        }
    }

    private static OciHookException tooLong(OciHook.Point point, OciHook hook) {
        return new OciHookException(
                point, hook, "took more than " + hook.timeout().orElse(FOREVER).toSeconds() + " seconds");
    }

    private static OciHookException failed(OciHook.Point point, OciHook hook, int exit, String output) {
        String shown = Printable.line(output.strip());
        return new OciHookException(
                point,
                hook,
                "ended with " + exit
                        + (shown.isEmpty() ? "" : ": " + shown.substring(0, Math.min(OUTPUT_SHOWN, shown.length()))));
    }

    // ---- in the host's

    static void outside(OciHook.Point point, List<OciHook> hooks, OciState state)
            throws IOException, InterruptedException {
        for (OciHook hook : hooks) {
            if (hasOtherName(hook) || !isText(hook)) {
                check(
                        point,
                        hook,
                        run(
                                point,
                                hook,
                                command(hook, state).directory(state.bundle().toString()),
                                HookRunner::onHost));
            } else {
                outside(point, hook, state);
            }
        }
    }

    /** What the JDK starts is called as its file is. */
    private static boolean hasOtherName(OciHook hook) {
        return !hook.arguments().isEmpty() && !fileName(hook.arguments().get(0)).equals(fileName(hook.path()));
    }

    /** Whether the JDK can say all of it: what its encoding lacks becomes a question mark. */
    private static boolean isText(OciHook hook) {
        CharsetEncoder encoder =
                Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder();
        return encoder.canEncode(hook.path())
                && hook.arguments().stream().allMatch(encoder::canEncode)
                && hook.environment().entrySet().stream()
                        .allMatch(each -> encoder.canEncode(each.getKey()) && encoder.canEncode(each.getValue()));
    }

    private static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** In no namespace of its own, with the capabilities of this process. */
    private static RunResult onHost(Command command, Duration timeout) throws IOException, InterruptedException {
        return Sandbox.builder()
                .keepCapabilities(ownCapabilities())
                .timeout(timeout)
                .build()
                .run(command);
    }

    private static Capability[] ownCapabilities() throws IOException {
        String line = BoundedReads.lines(Path.of("/proc/self/status")).stream()
                .filter(text -> text.startsWith(PERMITTED))
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/self/status has no line " + PERMITTED));
        long mask = Long.parseUnsignedLong(line.substring(PERMITTED.length()).strip(), 16);
        return Arrays.stream(Capability.values())
                .filter(capability -> (mask >> capability.number() & 1) != 0)
                .toArray(Capability[]::new);
    }

    /** By nothing that has a name: a container that shares the directory of temporary files could put others in their places. */
    private static void outside(OciHook.Point point, OciHook hook, OciState state)
            throws IOException, InterruptedException {
        byte[] told = state.toJson().getBytes(StandardCharsets.UTF_8);
        try (MemoryFile input = MemoryFile.of("sandjar-hook-state", told);
                KeptBeginning output = new KeptBeginning("read what a hook says", OUTPUT_SHOWN)) {
            List<String> args = hook.arguments();
            ProcessBuilder builder = new ProcessBuilder(hook.path())
                    .directory(state.bundle().toFile())
                    .redirectInput(input.path().toFile())
                    .redirectOutput(output.path().toFile())
                    .redirectErrorStream(true);
            if (args.size() > 1) {
                builder.command().addAll(args.subList(1, args.size()));
            }
            builder.environment().clear();
            builder.environment().putAll(hook.environment());
            await(point, hook, start(point, hook, builder), output);
        }
    }

    private static Process start(OciHook.Point point, OciHook hook, ProcessBuilder builder) throws OciHookException {
        try {
            return builder.start();
        } catch (IOException e) {
            if (!Files.exists(Path.of(hook.path()))) {
                throw new OciHookException(point, hook, "is not there: hooks of this point are programs of the host");
            }
            throw new OciHookException(point, hook, e);
        }
    }

    private static void await(OciHook.Point point, OciHook hook, Process process, KeptBeginning output)
            throws IOException, InterruptedException {
        boolean ended = false;
        try {
            ended = process.waitFor(hook.timeout().orElse(FOREVER).toSeconds(), TimeUnit.SECONDS);
        } finally {
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
        if (!ended) {
            process.onExit().join();
            throw tooLong(point, hook);
        }
        if (process.exitValue() != 0) {
            throw failed(point, hook, process.exitValue(), output.text());
        }
    }
}
