package dev.sandjar.oci;

import dev.sandjar.RootFs;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a whole configuration (config.md), in an order in which later parts can rely on earlier ones. */
final class ConfigReader {
    private static final Pattern VERSION =
            Pattern.compile("1\\.([0-9]{1,4})\\.[0-9]{1,9}(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?");
    /** What later versions add may mean anything. */
    private static final int MINOR_MAX = 3;

    private ConfigReader() {}

    /** @param exact whether it is for the runtime command */
    static Draft read(JsonAt root, Path bundle, boolean exact) throws InvalidBundleException {
        Draft draft = new Draft(exact);
        root.knowing(
                "ociVersion", "root", "process", "hostname", "domainname", "mounts", "hooks", "annotations", "linux");
        version(root.required("ociVersion"));
        JsonAt linux = linux(root);
        NamespaceReader.read(draft, linux);
        if (draft.joinsMounts) {
            JoinedMounts.check(root, linux);
        } else {
            rootDirectory(draft, root.required("root"), bundle);
        }
        name(draft, root, "hostname");
        name(draft, root, "domainname");
        MountReader.read(draft, root, bundle);
        LinuxReader.read(draft, linux);
        Optional<JsonAt> process = root.field("process");
        if (process.isPresent()) {
            ProcessReader.read(draft, process.get());
        }
        annotations(root);
        Optional<JsonAt> machine = root.field("vm");
        if (machine.isPresent()) {
            draft.note(machine.get(), "there is no virtual machine, but this kernel");
        }
        return draft;
    }

    private static void version(JsonAt version) throws InvalidBundleException {
        Matcher matcher = VERSION.matcher(version.text());
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) > MINOR_MAX) {
            throw version.refused("is not a version from 1.0.0 to 1." + MINOR_MAX + ".x");
        }
    }

    private static JsonAt linux(JsonAt root) throws InvalidBundleException {
        return root.required("linux")
                .knowing(
                        "namespaces",
                        "uidMappings",
                        "gidMappings",
                        "timeOffsets",
                        "devices",
                        "netDevices",
                        "cgroupsPath",
                        "resources",
                        "intelRdt",
                        "memoryPolicy",
                        "sysctl",
                        "seccomp",
                        "rootfsPropagation",
                        "maskedPaths",
                        "readonlyPaths",
                        "mountLabel",
                        "personality");
    }

    private static void rootDirectory(Draft draft, JsonAt root, Path bundle) throws InvalidBundleException {
        root.knowing("path", "readonly");
        JsonAt path = root.required("path");
        String text = path.text();
        if (text.isEmpty()) {
            throw path.refused("is empty");
        }
        boolean readOnly = root.bool("readonly");
        path.checked(() -> {
            Path directory = bundle.resolve(text).normalize();
            return draft.builder.rootfs(
                    readOnly ? RootFs.directoryWithMountPoints(directory) : RootFs.directoryWritable(directory));
        });
    }

    private static void name(Draft draft, JsonAt root, String field) throws InvalidBundleException {
        Optional<JsonAt> name = root.filled(field);
        if (name.isEmpty()) {
            return;
        }
        if (!draft.own.contains("uts") && !draft.joined.contains("uts")) {
            throw name.get().refused("needs a \"uts\" namespace: it would be set for everybody otherwise");
        }
        String text = name.get().text();
        name.get()
                .checked(() -> draft.builder.namespaces(
                        n -> field.equals("hostname") ? n.hostname(text) : n.domainname(text)));
    }

    private static void annotations(JsonAt root) throws InvalidBundleException {
        for (Map.Entry<String, String> e : root.map("annotations").entrySet()) {
            if (e.getKey().isEmpty()) {
                throw root.refused("annotations", "has an empty key");
            }
        }
    }
}
