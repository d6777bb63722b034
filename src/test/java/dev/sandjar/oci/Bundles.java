package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.Capability;
import dev.sandjar.testing.HostProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bundles with a root of busybox, and the configuration that other tools write for them. */
final class Bundles {
    private final Path directory;
    final ObjectNode config;

    private Bundles(Path directory, ObjectNode config) {
        this.directory = directory;
        this.config = config;
    }

    /** With the configuration of {@code runc spec} or {@code runc spec --rootless}, whichever suits who runs the test. */
    static Bundles of(Path parent) throws IOException {
        boolean root = HostProgram.sh("id -u; cat /proc/self/uid_map").matches("(?s)0\\s+0\\s+0\\s+4294967295\\s*");
        Bundles bundle = of(parent, root ? "runc" : "runc-rootless");
        if (!root) {
            bundle.rootless();
        }
        return bundle;
    }

    static Bundles of(Path parent, String configuration) throws IOException {
        Path directory = Files.createDirectory(parent.resolve("bundle"));
        HostProgram.sh(
                "chmod 755 \"$1\" \"$1/..\" && mkdir -p \"$1/rootfs/bin\" \"$1/rootfs/etc\" \"$1/rootfs/tmp\" && cp /bin/busybox \"$1/rootfs/bin\""
                        + " && for a in $(/bin/busybox --list); do test -e \"$1/rootfs/bin/$a\" || ln -s busybox \"$1/rootfs/bin/$a\"; done"
                        + " && chmod 1777 \"$1/rootfs/tmp\"",
                directory.toString());
        ObjectNode config = (ObjectNode) Schema.tree(
                Configs.resource((configuration.contains("/") ? "" : "configs/") + configuration + ".json"));
        process(config).put("terminal", false);
        return new Bundles(directory, config);
    }

    /** The one id that the caller has, instead of the one that the recording has. */
    private void rootless() {
        for (String field : new String[] {"uidMappings", "gidMappings"}) {
            String option = field.equals("uidMappings") ? "-u" : "-g";
            ((ObjectNode) linux().withArray(field).get(0))
                    .put("hostID", Long.parseLong(HostProgram.sh("id " + option).strip()));
        }
        // Its cgroups need some that may be written to.
        without("/sys/fs/cgroup");
    }

    /**
     * With paths of this machine: the root, sources of binds, a path of cgroups that nobody else has. Limits are those that this process
     * can give.
     */
    Bundles placed(String cgroup) throws IOException {
        ((ObjectNode) config.get("root")).put("path", "rootfs");
        Path sources = Files.createDirectory(directory.resolve("sources"));
        for (JsonNode mount : config.withArray("mounts")) {
            Path source = Path.of(mount.path("source").asText());
            if (mount.path("type").asText().equals("bind") && !Files.exists(source)) {
                boolean file =
                        mount.get("destination").asText().matches("/etc/.*|.*/\\.containerenv|/dev/termination-log");
                Path made = sources.resolve(source.getFileName());
                if (file && !Files.exists(made)) {
                    Files.writeString(made, "of " + source.getFileName() + "\n");
                } else if (!file) {
                    Files.createDirectories(made);
                }
                ((ObjectNode) mount).put("source", made.toString());
            }
        }
        if (linux().has("cgroupsPath")) {
            linux().put("cgroupsPath", cgroup);
        }
        limited("RLIMIT_NOFILE", "Max open files");
        limited("RLIMIT_NPROC", "Max processes");
        within();
        return this;
    }

    private void limited(String type, String line) {
        long most =
                Long.parseLong(HostProgram.sh("sed -n \"s/^$1  *[^ ]*  *\\([^ ]*\\).*/\\1/p\" /proc/self/limits", line)
                        .strip()
                        .replace("unlimited", Long.toString(Long.MAX_VALUE)));
        for (JsonNode limit : process().withArray("rlimits")) {
            if (limit.get("type").asText().equals(type) && limit.get("hard").asLong() > most) {
                ((ObjectNode) limit)
                        .put("hard", most)
                        .put("soft", Math.min(most, limit.get("soft").asLong()));
            }
        }
    }

    /** No capability and no protection from the OOM killer that this process does not have itself. */
    private void within() {
        long own = Long.parseLong(
                HostProgram.sh("awk '/^CapPrm/ {print $2}' /proc/self/status").strip(), 16);
        for (JsonNode set : process().path("capabilities")) {
            for (var names = set.elements(); names.hasNext(); ) {
                Capability capability = Capability.valueOf(names.next().asText().substring("CAP_".length()));
                if ((own >>> capability.number() & 1) == 0) {
                    names.remove();
                }
            }
        }
        int oom =
                Integer.parseInt(HostProgram.sh("cat /proc/self/oom_score_adj").strip());
        if (process().path("oomScoreAdj").asInt() < oom) {
            process().put("oomScoreAdj", oom);
        }
    }

    /** No mount there. */
    Bundles without(String target) {
        ArrayNode mounts = config.withArray("mounts");
        for (int i = mounts.size() - 1; i >= 0; i--) {
            if (mounts.get(i).path("destination").asText().equals(target)) {
                mounts.remove(i);
            }
        }
        return this;
    }

    Bundles script(String script) {
        process().putArray("args").add("sh").add("-c").add(script);
        return this;
    }

    ObjectNode process() {
        return process(config);
    }

    private static ObjectNode process(ObjectNode config) {
        return (ObjectNode) config.get("process");
    }

    ObjectNode linux() {
        return (ObjectNode) config.get("linux");
    }

    ObjectNode mount(String target, String source, String type, String... options) {
        ObjectNode mount = config.withArray("mounts").addObject();
        mount.put("destination", target).put("source", source).put("type", type);
        ArrayNode list = mount.putArray("options");
        for (String option : options) {
            list.add(option);
        }
        return mount;
    }

    Bundles hook(String point, String script) {
        hookOf(point, "/bin/sh", "-c", script);
        return this;
    }

    ObjectNode hookOf(String point, String path, String... args) {
        ObjectNode hook = config.withObject("/hooks").withArray(point).addObject();
        hook.put("path", path);
        ArrayNode list = hook.putArray("args").add(path.substring(path.lastIndexOf('/') + 1));
        for (String arg : args) {
            list.add(arg);
        }
        return hook;
    }

    Path rootfs() {
        return directory.resolve("rootfs");
    }

    OciBundle load() throws IOException {
        return OciBundle.load(written());
    }

    /** Its directory, with the configuration as it is now. */
    Path written() throws IOException {
        Files.writeString(directory.resolve("config.json"), config.toPrettyString());
        return directory;
    }

    /** Output of the script, which has to succeed. */
    String run(String script) throws Exception {
        OciBundle bundle = script(script).load();
        var result = bundle.sandbox().run(bundle.command().orElseThrow());
        if (result.exitValue() != 0) {
            throw new AssertionError(
                    result.report().verdict() + " " + result.exitValue() + "\n" + result.stdout() + result.stderr());
        }
        return result.stdout().strip();
    }
}
