package dev.sandjar.oci;

import dev.sandjar.IdMapping;
import dev.sandjar.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Mounts (config.md, "Mounts"), in their order. */
final class MountReader {
    private static final Set<String> KINDS = Set.of("bind", "rbind", "remount");

    private MountReader() {}

    static void read(Draft draft, JsonAt root, Path bundle) throws InvalidBundleException {
        for (JsonAt mount : root.list("mounts")) {
            mount.knowing("destination", "source", "type", "options", "uidMappings", "gidMappings");
            one(draft, mount, bundle);
        }
    }

    private static void one(Draft draft, JsonAt mount, Path bundle) throws InvalidBundleException {
        List<String> kinds = new ArrayList<>();
        List<JsonAt> options = new ArrayList<>();
        for (JsonAt option : mount.list("options")) {
            if (KINDS.contains(option.text())) {
                kinds.add(option.text());
            } else {
                options.add(option);
            }
        }
        Mount made = kinds.isEmpty() ? fileSystem(draft, mount) : existing(mount, kinds, bundle);
        for (JsonAt option : options) {
            String word = option.text();
            Mount before = made;
            made = option.checked(() -> before.options(word));
        }
        Mount whole = mapped(mount, made);
        mount.checked(() -> draft.builder.mount(whole));
    }

    private static Mount existing(JsonAt mount, List<String> kinds, Path bundle) throws InvalidBundleException {
        String target = target(mount);
        if (kinds.contains("remount")) {
            return mount.required("destination").checked(() -> Mount.remount(target));
        }
        JsonAt source = mount.required("source");
        if (source.text().isEmpty()) {
            throw source.refused("is empty");
        }
        Path path = source.checked(() -> bundle.resolve(source.text()).normalize());
        return mount.required("destination")
                .checked(() -> kinds.contains("rbind") ? Mount.bindRecursive(path, target) : Mount.bind(path, target));
    }

    private static Mount fileSystem(Draft draft, JsonAt mount) throws InvalidBundleException {
        String target = target(mount);
        JsonAt type = mount.required("type");
        String name = type.text();
        if (name.equals("bind") || name.equals("none")) {
            throw mount.refused("options", "a mount of type \"" + name + "\" needs \"bind\" or \"rbind\"");
        }
        if (name.startsWith("cgroup")) {
            // What is shown begins at the sandbox's own cgroup only in a namespace.
            if (!draft.own.contains("cgroup")) {
                draft.note(
                        mount, "a cgroup namespace is made, so that no other cgroups than the container's are shown");
                draft.builder.cgroupNamespace();
            }
            draft.builder.accounting();
        }
        Mount made = type.checked(() -> Mount.fileSystem(name, target));
        Optional<JsonAt> source = mount.filled("source");
        if (source.isEmpty()) {
            return made;
        }
        String from = source.get().text();
        return source.get().checked(() -> made.source(from));
    }

    /** Relative ones are deprecated, and meant from the root. */
    private static String target(JsonAt mount) throws InvalidBundleException {
        String text = mount.required("destination").text();
        return text.startsWith("/") ? text : "/" + text;
    }

    private static Mount mapped(JsonAt mount, Mount made) throws InvalidBundleException {
        List<IdMapping.Range> uids = NamespaceReader.ranges(mount, "uidMappings");
        List<IdMapping.Range> gids = NamespaceReader.ranges(mount, "gidMappings");
        if (uids.isEmpty() && gids.isEmpty()) {
            return made;
        }
        if (uids.isEmpty() || gids.isEmpty()) {
            throw mount.refused(uids.isEmpty() ? "uidMappings" : "gidMappings", "is missing");
        }
        return mount.required("uidMappings").checked(() -> made.idMapped(IdMapping.of(uids, gids)));
    }
}
