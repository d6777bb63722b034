package dev.sandjar.internal.plugin.host;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Descriptor;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.kernel.SharedFile;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.SharedSlots;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.internal.plugin.worker.Training;
import dev.sandjar.internal.plugin.worker.WorkerMain;
import dev.sandjar.internal.stdio.ChannelPipes;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.PluginException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Java virtual machines that serve one plugin. */
final class JavaWorkers implements WorkerSource {
    private static final Logger LOG = LoggerFactory.getLogger(JavaWorkers.class);
    private static final String DIRECTORY = "/sandjar/";
    private static final String ARCHIVE = DIRECTORY + "classes.jsa";
    private static final Duration ARCHIVE_TIME = Duration.ofSeconds(60);

    private final JavaSettings settings;
    private final Contract contract;
    private final Sandbox sandbox;
    private final List<String> java;
    private final int slotSize;
    private final Logger output;
    private final String limitHint;

    private JavaWorkers(
            JavaSettings settings,
            Contract contract,
            Sandbox sandbox,
            List<String> java,
            Logger output,
            String limitHint) {
        this.settings = settings;
        this.contract = contract;
        this.sandbox = sandbox;
        this.java = java;
        this.slotSize = settings.limits().codec().messageBytes();
        this.output = output;
        this.limitHint = limitHint;
    }

    /** Copies what workers need to where they may see it, and makes the archive of their classes if there is none. */
    static JavaWorkers of(JavaSettings settings) throws IOException {
        Contract contract = Contract.of(settings.contract());
        Store store = Store.open();
        List<Store.Kept> jars = new ArrayList<>();
        // The host's own classes first: a plugin can't replace the contract.
        jars.add(store.jar(ClassFiles.jar(List.of(WorkerMain.class, Training.class))));
        jars.add(store.jar(ClassFiles.jar(contract.classes())));
        for (Path entry : settings.classPath()) {
            jars.add(store.jar(entry));
        }
        Path jdk = new WalkedPaths(path -> false).of(settings.jdk(), "find the JDK of a plugin");
        Properties release = release(jdk);
        String version = release.getProperty("JAVA_VERSION", "").replace("\"", "");
        List<String> options = JvmOptions.of(settings, JvmOptions.release(version));
        SandboxBuilder builder = settings.sandbox().toBuilder();
        if (!jdk.startsWith("/usr")) {
            builder.bindReadOnly(jdk, jdk.toString());
        }
        List<String> classPath = new ArrayList<>();
        for (Store.Kept jar : jars) {
            String target = DIRECTORY + classPath.size() + ".jar";
            builder.bindReadOnly(jar.path(), target);
            classPath.add(target);
        }
        List<String> java = new ArrayList<>();
        java.add(jdk.resolve("bin").resolve("java").toString());
        java.addAll(options);
        java.add("-cp");
        java.add(String.join(":", classPath));
        Path archive = settings.archive() ? archive(store, settings, builder.build(), jdk, jars, java) : null;
        if (archive != null) {
            builder.bindReadOnly(archive, ARCHIVE);
            java.add(1, "-XX:SharedArchiveFile=" + ARCHIVE);
        }
        String heap = options.stream()
                .filter(o -> o.startsWith("-Xmx") || o.startsWith("-XX:MaxRAM"))
                .findFirst()
                .orElse("");
        return new JavaWorkers(
                settings,
                contract,
                builder.build(),
                java,
                LoggerFactory.getLogger("dev.sandjar.plugin.output." + settings.implementation()),
                ", which a virtual machine whose heap is full (" + heap + ") also has");
    }

    private static Properties release(Path jdk) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = OpenFiles.content(jdk.resolve("release"))) {
            properties.load(in);
        }
        return properties;
    }

    // ---- the archive of classes

    private static @Nullable Path archive(
            Store store, JavaSettings settings, Sandbox sandbox, Path jdk, List<Store.Kept> jars, List<String> java)
            throws IOException {
        MessageDigest key = Store.sha256();
        for (Store.Kept jar : jars) {
            key.update(jar.hash().getBytes(StandardCharsets.UTF_8));
        }
        key.update(String.join("\n", java).getBytes(StandardCharsets.UTF_8));
        key.update(settings.contract().getName().getBytes(StandardCharsets.UTF_8));
        try (InputStream in = OpenFiles.content(jdk.resolve("release"))) {
            key.update(BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, "release"));
        }
        Path machine = jdk.resolve("lib/server/libjvm.so");
        if (Files.exists(machine)) {
            key.update(
                    (Files.size(machine) + " " + Files.getLastModifiedTime(machine)).getBytes(StandardCharsets.UTF_8));
        }
        return store.archive(
                HexFormat.of().formatHex(key.digest()), file -> makeArchive(settings, sandbox, java, file));
    }

    /** In a sandbox as that of workers. None but this one ever writes it, and no code of the plugin runs there. */
    private static boolean makeArchive(JavaSettings settings, Sandbox sandbox, List<String> java, Path file)
            throws IOException {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "\"$@\" && cat /tmp/classes.jsa >&3", "sh"));
        words.add(java.get(0));
        words.add("-XX:ArchiveClassesAtExit=/tmp/classes.jsa");
        words.addAll(java.subList(1, java.size()));
        words.add(Training.class.getName());
        words.add(settings.contract().getName());
        try {
            var result = sandbox.toBuilder()
                    .timeout(ARCHIVE_TIME)
                    .build()
                    .run(Command.of(words).descriptor("archive", Descriptor.writeTo(file)), DataSize.kibibytes(64));
            if (result.report().isSuccess() && Files.size(file) > 0) {
                return true;
            }
            LOG.warn(
                    "Workers of {} start without an archive of their classes: its making ended with {} {}\n{}{}",
                    settings.implementation(),
                    result.report().verdict(),
                    result.exitValue(),
                    result.stdout(),
                    result.stderr());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while an archive of classes was made", e);
        }
    }

    // ---- workers

    @Override
    public Contract contract() {
        return contract;
    }

    @Override
    public Worker start(Duration time) throws IOException {
        long deadline = System.nanoTime() + time.toNanos();
        ChannelPipes pipes = ChannelPipes.open();
        SharedFile shared = null;
        SandboxProcess process = null;
        Worker worker;
        try {
            shared = SharedFile.open(SharedSlots.size(slotSize));
            Command command = Command.of(words())
                    .mergeStderr()
                    .descriptor("calls", Descriptor.readFrom(pipes.guestInput()))
                    .descriptor("replies", Descriptor.writeTo(pipes.guestOutput()))
                    .descriptor("shared", Descriptor.readWrite(shared.path()));
            process = sandbox.start(command);
            pipes.closeGuestEnds();
            process.getOutputStream().close();
            Protocol protocol = new BinaryProtocol(settings.limits().codec(), shared, slotSize);
            worker = new Worker(process, pipes, shared, protocol, settings.limits(), output, limitHint, true);
        } catch (IOException | RuntimeException | Error e) {
            if (process != null) {
                process.close();
            }
            pipes.close();
            if (shared != null) {
                shared.close();
            }
            throw e;
        }
        try {
            greet(worker, deadline, time);
            return worker;
        } catch (RuntimeException | Error e) {
            worker.close();
            throw e;
        }
    }

    private List<String> words() {
        List<String> words = new ArrayList<>(java);
        words.add(WorkerMain.class.getName());
        words.add(settings.contract().getName());
        words.add(settings.implementation());
        words.add(Integer.toString(settings.limits().codec().messageBytes()));
        words.add(Integer.toString(settings.limits().codec().depth()));
        words.add(Integer.toString(settings.limits().codec().elements()));
        words.add(Integer.toString(slotSize));
        return words;
    }

    private void greet(Worker worker, long deadline, Duration time) {
        Incoming greeting = worker.channel().greeting(deadline);
        Fault fault = worker.channel().fault();
        if (greeting == null && fault == null) {
            worker.channel().fail(new Fault(Reason.START_FAILED, "late"));
            throw worker.explained(Reason.START_FAILED, "the worker did not make its plugin in " + time);
        }
        if (greeting == null) {
            throw worker.explained(Reason.START_FAILED, fault == null ? "" : fault.message());
        }
        try {
            Decoder in = new Decoder(greeting.body(), settings.limits().codec());
            if (greeting.type() == Frame.FAILED) {
                String name = BinaryProtocol.shortened(in.text(), false);
                String message = in.u8() == 0 ? null : BinaryProtocol.shortened(in.text(), true);
                String trace = BinaryProtocol.shortened(in.text(), true);
                throw new PluginException(
                        Reason.START_FAILED,
                        "the plugin " + settings.implementation() + " can't be made: " + name
                                + (message == null ? "" : ": " + message),
                        null,
                        name,
                        trace,
                        null);
            }
            if (greeting.number() != Frame.VERSION || in.i64() != contract.fingerprint()) {
                throw new WireException("the worker has another contract");
            }
            in.end();
        } catch (WireException e) {
            throw worker.explained(Reason.START_FAILED, String.valueOf(e.getMessage()));
        }
    }
}
