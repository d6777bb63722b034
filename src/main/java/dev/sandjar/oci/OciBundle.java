package dev.sandjar.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import dev.sandjar.internal.util.OptionalLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A bundle of the OCI runtime specification, versions 1.0 to 1.3, as far as Linux is concerned: a directory with a config.json and,
 * usually, the root of the container. Immutable and thread-safe. It needs Jackson ({@code com.fasterxml.jackson.core:jackson-databind}).
 *
 * <pre>{@code
 * OciBundle bundle = OciBundle.load(Path.of("/containers/redis"));
 * RunResult result = bundle.sandbox().run(bundle.command().orElseThrow().noPty());     // without hooks
 * try (OciContainer container = OciContainer.create("redis", bundle)) {        // the whole life cycle, with hooks
 *     container.start();
 *     ...
 * }
 * }</pre>
 *
 * <p>What the configuration asks for and Sandjar doesn't do is refused when it is read, with its place in the file; what this host can't
 * give is refused at the start. Where Sandjar's baseline is stricter than what is asked for, {@link #notes()} says so: privileges can
 * never be gained, and no core is dumped unless the configuration has a limit for that. Fields that the specification doesn't have are
 * kept.
 *
 * <p>The reader is meant for files that nobody has checked. But a bundle gets what it asks for: it may bind directories of the host and
 * run hooks there. Look at {@link Sandbox#explain()} and {@link #hooks()} before you run a bundle of somebody else.
 */
public final class OciBundle {
    static final int BYTES_MAX = 4 << 20;
    private static final int STRING_MAX = 1 << 20;
    private static final String CONFIG = "config.json";

    private final Path directory;
    final ObjectNode json;
    private final List<String> ignored;
    private final Draft draft;
    private final Map<OciHook.Point, List<OciHook>> hooks;
    private final Map<String, String> annotations;
    private final String version;
    private final Sandbox sandbox;

    private OciBundle(
            Path directory, ObjectNode json, List<String> ignored, boolean exact, Consumer<SandboxBuilder> changes)
            throws InvalidBundleException {
        this.directory = directory;
        this.json = json;
        this.ignored = List.copyOf(ignored);
        JsonAt root = JsonAt.root(Ignored.without(json, ignored));
        this.draft = ConfigReader.read(root, directory, exact);
        ignored.forEach(path -> draft.notes.add(path + ": left out, as the caller wants it"));
        this.hooks = HookReader.read(draft, root);
        this.annotations = root.map("annotations");
        this.version = root.required("ociVersion").text();
        try {
            Sandbox built = draft.builder.build();
            SandboxBuilder changed = built.toBuilder();
            changes.accept(changed);
            this.sandbox = changed.build();
        } catch (IllegalStateException e) {
            throw root.refused(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Reads a bundle from its directory.
     *
     * @param directory the directory with a config.json of at most 4 MiB, which is not a symbolic link. Links on the way there are
     *     followed where only root and this process's user can have made them
     * @return the bundle
     * @throws InvalidBundleException if there is no config.json, or it is malformed, or asks for what Sandjar doesn't do
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     * @throws IOException if the file can't be read, or a sandbox may have put it, or a link to it, where it is
     */
    public static OciBundle load(Path directory) throws IOException {
        return loadIgnoring(directory);
    }

    /**
     * Reads a bundle from its directory without some parts of its configuration: those that container engines write for their own host,
     * and that would be refused, such as {@code /process/apparmorProfile} where there is no AppArmor and {@code /linux/intelRdt}. {@link
     * #toConfigJson()} still has these parts, and {@link #notes()} say what was left out. A pointer to nothing has no effect, so that one
     * list serves many bundles.
     *
     * @param directory the directory with a config.json of at most 4 MiB, as in {@link #load}
     * @param jsonPaths JSON Pointers (RFC 6901) of fields and list items that are not read
     * @return the bundle
     * @throws IllegalArgumentException if a pointer is malformed
     * @throws InvalidBundleException if there is no config.json, or the rest of it is malformed, or asks for what Sandjar doesn't do
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     * @throws IOException if the file can't be read, or a sandbox may have put it, or a link to it, where it is
     */
    public static OciBundle loadIgnoring(Path directory, String... jsonPaths) throws IOException {
        OptionalLibrary.JACKSON.neededFor("An OCI bundle");
        Path absolute = new WalkedPaths(path -> false).of(directory.toAbsolutePath(), "read a bundle");
        Path file = absolute.resolve(CONFIG);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidBundleException("", "is not a file in " + absolute);
        }
        try (InputStream in = OpenFiles.content(file)) {
            return parse(absolute, in.readNBytes(BYTES_MAX + 1), List.of(jsonPaths));
        }
    }

    /**
     * Reads a configuration that is not in the bundle's directory.
     *
     * @param directory the directory of the bundle, in which relative paths begin
     * @param configJson the text, at most 4 MiB as UTF-8
     * @return the bundle
     * @throws InvalidBundleException if the configuration is malformed, or asks for what Sandjar doesn't do
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    public static OciBundle parse(Path directory, String configJson) throws InvalidBundleException {
        return parseIgnoring(directory, configJson);
    }

    /**
     * Reads a configuration that is not in the bundle's directory without some parts of it, see {@link #loadIgnoring}.
     *
     * @param directory the directory of the bundle, in which relative paths begin
     * @param configJson the text, at most 4 MiB as UTF-8
     * @param jsonPaths JSON Pointers (RFC 6901) of fields and list items that are not read
     * @return the bundle
     * @throws IllegalArgumentException if a pointer is malformed
     * @throws InvalidBundleException if the rest is malformed, or asks for what Sandjar doesn't do
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    public static OciBundle parseIgnoring(Path directory, String configJson, String... jsonPaths)
            throws InvalidBundleException {
        return parse(
                directory.toAbsolutePath().normalize(),
                configJson.getBytes(StandardCharsets.UTF_8),
                List.of(jsonPaths));
    }

    private static OciBundle parse(Path directory, byte[] bytes, List<String> ignored) throws InvalidBundleException {
        return parse(directory, bytes, ignored, false);
    }

    /** As the runtime command does it: nothing is stricter than the configuration says but what {@link #notes()} tell. */
    static OciBundle exactly(Path directory, byte[] bytes) throws InvalidBundleException {
        return parse(directory, bytes, List.of(), true);
    }

    private static OciBundle parse(Path directory, byte[] bytes, List<String> ignored, boolean exact)
            throws InvalidBundleException {
        OptionalLibrary.JACKSON.neededFor("An OCI bundle");
        try {
            return new OciBundle(
                    directory, StrictJson.read(bytes, BYTES_MAX, STRING_MAX), ignored, exact, builder -> {});
        } catch (JsonRefusal e) {
            throw new InvalidBundleException(e.place(), e.reason());
        }
    }

    /**
     * Returns this bundle with changes of the caller's own to its sandbox, for what a configuration can't say, such as a timeout or {@link
     * SandboxBuilder#allowDegraded}. They begin with what the configuration says, so that those of an earlier call are not kept, and are
     * not part of {@link #toConfigJson()}.
     *
     * @param changes gets a builder with all that the configuration says
     * @return the changed bundle
     * @throws InvalidBundleException if the sandbox can't be made with the changes, since parts of it exclude each other; the message says
     *     why
     */
    public OciBundle customized(Consumer<SandboxBuilder> changes) throws InvalidBundleException {
        return new OciBundle(directory, json, ignored, draft.exact, changes);
    }

    /**
     * Returns the sandbox that the configuration describes. It does not run the {@link #hooks()}; {@link OciContainer} does.
     *
     * @return the sandbox
     */
    public Sandbox sandbox() {
        return sandbox;
    }

    /**
     * Returns the program of the configuration, with its arguments and terminal.
     *
     * @return the command, or empty if the configuration has no process or no arguments, so that nothing can be started
     */
    public Optional<Command> command() {
        return Optional.ofNullable(draft.command);
    }

    /**
     * Returns the programs to run at points of the container's life.
     *
     * @return the hooks of each point in the order in which they run; points without hooks are left out. Unmodifiable
     */
    public Map<OciHook.Point, List<OciHook>> hooks() {
        return Map.copyOf(hooks);
    }

    /**
     * Returns the annotations of the configuration, which are free texts.
     *
     * @return texts by name, in the order of the file; unmodifiable
     */
    public Map<String, String> annotations() {
        return Collections.unmodifiableMap(annotations);
    }

    /**
     * Returns where the sandbox is stricter than the configuration asks for, or leaves something out that the specification allows to
     * leave out.
     *
     * @return a text for each, which has the place in the file and what is different there; unmodifiable
     */
    public List<String> notes() {
        return List.copyOf(draft.notes);
    }

    /**
     * Returns the directory of this bundle.
     *
     * @return an absolute path
     */
    public Path directory() {
        return directory;
    }

    /** Whether programs are to be kept from gaining privileges. */
    boolean noNewPrivileges() {
        return json.path("process").path("noNewPrivileges").asBoolean();
    }

    /** Whether it says where they are, whoever asks. */
    boolean hasCgroups() {
        return json.path("linux").path("cgroupsPath").asText().startsWith("/");
    }

    /** 0 for none. */
    long cpuShares() {
        return json.at("/linux/resources/cpu/shares").asLong();
    }

    boolean hasPidNamespace() {
        return draft.own.contains("pid");
    }

    String version() {
        return version;
    }

    /**
     * Returns the configuration as it was read, with the fields that Sandjar doesn't know and those that {@link #loadIgnoring} left out,
     * in the form that the specification's schema accepts.
     *
     * @return JSON text
     */
    public String toConfigJson() {
        return StrictJson.write(json);
    }

    @Override
    public String toString() {
        return "OciBundle(" + directory + ")";
    }
}
