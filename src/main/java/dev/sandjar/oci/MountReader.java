package dev.sandjar.oci;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.sandjar.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Mounts (config.md, "Mounts"), in their order. */
final class MountReader {
    private static final Set<String> KINDS = Set.of("bind", "rbind", "remount");
    private static final Pattern EMPTY_NAMES = Pattern.compile("/(\\.?/)*+(\\.$)?");
    private static final Set<String> WHOLE = Set.of(
            "sync", "dirsync", "lazytime", "iversion", "mand", "rsync", "rasync", "rdirsync", "rmand", "rnomand");
    private static final Set<String> OF_CGROUPS = Set.of(
            "private",
            "rprivate",
            "slave",
            "rslave",
            "shared",
            "rshared",
            "nsdelegate",
            "favordynmods",
            "memory_localevents",
            "memory_recursiveprot",
            "memory_hugetlb_accounting",
            "pids_localevents",
            "xattr");

    private MountReader() {}

    static void read(Draft draft, JsonAt root, Path bundle) throws InvalidBundleException {
        for (JsonAt mount : root.list("mounts")) {
            mount.knowing("destination", "source", "type", "options", "uidMappings", "gidMappings");
            one(draft, mount, bundle);
        }
    }

    private static void one(Draft draft, JsonAt mount, Path bundle) throws InvalidBundleException {
        draft.targets.add(target(mount));
        List<String> kinds = new ArrayList<>();
        List<JsonAt> options = new ArrayList<>();
        for (JsonAt option : mount.list("options")) {
            String word = option.text();
            if (KINDS.contains(word)) {
                kinds.add(word);
            } else if (!word.isEmpty()) { // podman writes one for a size that nobody has named
                options.add(option);
            }
        }
        if (kinds.isEmpty() && mount.field("type").isPresent() && type(mount).equals("bind")) {
            kinds.add("bind");
        }
        IdMaps maps = IdMaps.of(draft, mount, options, kinds.contains("rbind"));
        Mount made;
        if (kinds.isEmpty() && type(mount).equals("overlay")) {
            OverlayReader overlay = OverlayReader.of(mount, options, bundle);
            made = overlay.mount(target(mount));
            options = overlay.others();
        } else if (kinds.isEmpty()) {
            made = fileSystem(draft, mount);
            options = type(mount).startsWith("cgroup") ? ofCgroups(draft, mount, options) : options;
            made = type(mount).equals("tmpfs") && !hasMode(options) ? made.options("mode") : made;
        } else {
            draft.bindsDev |= !kinds.contains("remount") && target(mount).equals("/dev");
            made = existing(mount, maps.allBelow(kinds), bundle);
            options = ofExisting(draft, maps.withoutWords(options));
        }
        for (JsonAt option : options) {
            String word = option.text();
            Mount before = made;
            made = option.checked(() -> before.options(word));
        }
        Mount whole = maps.put(made);
        mount.checked(() -> draft.builder.mount(whole));
    }

    /** Other runtimes give a tmpfs the mode of the directory that it covers: by default everybody could write to one on /run. */
    private static boolean hasMode(List<JsonAt> options) throws InvalidBundleException {
        for (JsonAt option : options) {
            if (option.text().startsWith("mode=")) {
                return true;
            }
        }
        return false;
    }

    private static String type(JsonAt mount) throws InvalidBundleException {
        return mount.required("type").text();
    }

    /** The kernel passes over what belongs to a whole file system when a part of it is bound, and other runtimes ask for it all the same. */
    private static List<JsonAt> ofExisting(Draft draft, List<JsonAt> options) throws InvalidBundleException {
        List<JsonAt> left = new ArrayList<>();
        for (JsonAt option : options) {
            if (WHOLE.contains(option.text())) {
                draft.note(option, "belongs to the whole file system, which a bind does not change");
            } else {
                left.add(option);
            }
        }
        return left;
    }

    /** The container's own, read-only; how cgroup2 is mounted is the same for the whole machine. */
    private static List<JsonAt> ofCgroups(Draft draft, JsonAt mount, List<JsonAt> options)
            throws InvalidBundleException {
        List<JsonAt> left = new ArrayList<>();
        boolean readOnly = false;
        for (JsonAt option : options) {
            String word = option.text();
            readOnly = word.equals("ro") || (readOnly && !word.equals("rw"));
            if (!word.equals("rw") && !OF_CGROUPS.contains(word)) {
                left.add(option);
            }
        }
        if (!readOnly) {
            draft.note(mount, "cgroups are shown read-only");
            // It has no place in the file.
            left.add(new JsonAt(TextNode.valueOf("ro"), mount.path()));
        }
        return left;
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
        if (name.equals("none")) {
            throw mount.refused("options", "a mount of type \"none\" needs \"bind\" or \"rbind\"");
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
        return clean(text.startsWith("/") ? text : "/" + text);
    }

    /** Without what means nothing. What ".." leads to depends on links, so that it stays and is refused. */
    static String clean(String path) {
        String clean = EMPTY_NAMES.matcher(path).replaceAll("/");
        return clean.length() > 1 && clean.endsWith("/") ? clean.substring(0, clean.length() - 1) : clean;
    }
}
