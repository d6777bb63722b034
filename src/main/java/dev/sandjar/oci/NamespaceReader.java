package dev.sandjar.oci;

import dev.sandjar.IdMapping;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.json.StrictJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Namespaces, id maps and clock offsets (config-linux.md, "Namespaces", "User namespace mappings", "Offset for Time Namespace"). */
final class NamespaceReader {
    private static final Map<String, NamespaceKind> KINDS = Map.of(
            "mount", NamespaceKind.MOUNT,
            "pid", NamespaceKind.PID,
            "network", NamespaceKind.NETWORK,
            "uts", NamespaceKind.UTS,
            "ipc", NamespaceKind.IPC,
            "user", NamespaceKind.USER,
            "cgroup", NamespaceKind.CGROUP,
            "time", NamespaceKind.TIME);
    private static final long NANOS_MAX = 999_999_999;

    private NamespaceReader() {}

    static void read(Draft draft, JsonAt linux) throws InvalidBundleException {
        Map<String, String> seen = new HashMap<>();
        for (JsonAt namespace : linux.list("namespaces")) {
            namespace.knowing("type", "path");
            JsonAt type = namespace.required("type");
            NamespaceKind kind = KINDS.get(type.text());
            if (kind == null) {
                throw type.refused(
                        "is none of " + KINDS.keySet().stream().sorted().toList());
            }
            if (seen.put(type.text(), type.path()) != null) {
                throw type.refused("a namespace of this type is there already: " + seen.get(type.text()));
            }
            Optional<JsonAt> path = namespace.filled("path");
            if (path.isPresent()) {
                join(draft, kind, path.get());
                draft.joined.add(type.text());
            } else {
                draft.own.add(type.text());
            }
        }
        if (!draft.own.contains("mount") && !draft.joinsMounts) {
            throw linux.refused("namespaces", "a root needs a new namespace of type \"mount\", or one to join");
        }
        if (draft.joinsMounts && draft.own.contains("pid")) {
            draft.note(
                    linux, "/proc in the mount namespace that is joined does not show the container's PID namespace");
        }
        for (String type : draft.own) {
            make(draft.builder, type);
        }
        maps(draft, linux);
        offsets(draft, linux);
    }

    private static void join(Draft draft, NamespaceKind kind, JsonAt path) throws InvalidBundleException {
        String text = path.text();
        if (!text.startsWith("/")) {
            throw path.refused("is not absolute");
        }
        draft.joinsMounts |= kind == NamespaceKind.MOUNT;
        path.checked(() -> kind == NamespaceKind.NETWORK
                ? draft.builder.network(Network.namespace(Path.of(text)))
                : draft.builder.namespaces(n -> n.join(kind, Path.of(text))));
    }

    private static void make(SandboxBuilder builder, String type) {
        switch (type) {
            case "pid" -> builder.pidNamespace();
            case "network" -> builder.networkNamespace();
            case "uts" -> builder.utsNamespace();
            case "ipc" -> builder.ipcNamespace();
            case "user" -> builder.userNamespace();
            case "cgroup" -> builder.cgroupNamespace();
            case "time" -> builder.timeNamespace();
            default -> builder.mountNamespace();
        }
    }

    private static void maps(Draft draft, JsonAt linux) throws InvalidBundleException {
        List<IdMapping.Range> uids = ranges(linux, "uidMappings");
        List<IdMapping.Range> gids = ranges(linux, "gidMappings");
        if (uids.isEmpty() && gids.isEmpty()) {
            if (draft.own.contains("user")) {
                draft.note(linux, "no uidMappings and gidMappings: Sandjar chooses ids");
            }
            return;
        }
        if (draft.joined.contains("user")) {
            draft.note(linux, "uidMappings and gidMappings: the user namespace that is joined has its own");
            draft.uids = uids;
            draft.gids = gids;
            return;
        }
        if (!draft.own.contains("user")) {
            throw linux.refused(uids.isEmpty() ? "gidMappings" : "uidMappings", "needs a new \"user\" namespace");
        }
        if (uids.isEmpty() || gids.isEmpty()) {
            throw linux.refused(uids.isEmpty() ? "uidMappings" : "gidMappings", "is missing");
        }
        linux.required("uidMappings").checked(() -> draft.builder.userNamespace(IdMapping.of(uids, gids)));
        draft.uids = uids;
        draft.gids = gids;
    }

    static List<IdMapping.Range> ranges(JsonAt object, String field) throws InvalidBundleException {
        List<IdMapping.Range> ranges = new ArrayList<>();
        for (JsonAt range : object.list(field)) {
            range.knowing("containerID", "hostID", "size");
            long inside = range.required("containerID").uint32();
            long host = range.required("hostID").uint32();
            long size = range.required("size").uint32();
            ranges.add(range.checked(() -> new IdMapping.Range(inside, host, size)));
        }
        return ranges;
    }

    private static void offsets(Draft draft, JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> offsets = linux.field("timeOffsets");
        if (offsets.isEmpty() || offsets.get().names().isEmpty()) {
            return;
        }
        if (!draft.own.contains("time")) {
            throw offsets.get().refused("needs a new \"time\" namespace");
        }
        for (String clock : offsets.get().names()) {
            if (!clock.equals("monotonic") && !clock.equals("boottime")) {
                throw offsets.get().refused(StrictJson.escaped(clock), "is neither \"monotonic\" nor \"boottime\"");
            }
        }
        Duration monotonic = offset(offsets.get(), "monotonic");
        Duration boottime = offset(offsets.get(), "boottime");
        offsets.get().checked(() -> draft.builder.namespaces(n -> n.clockOffsets(monotonic, boottime)));
    }

    private static Duration offset(JsonAt offsets, String clock) throws InvalidBundleException {
        Optional<JsonAt> offset = offsets.field(clock);
        if (offset.isEmpty()) {
            return Duration.ZERO;
        }
        offset.get().knowing("secs", "nanosecs");
        long seconds =
                offset.get().number("secs", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0L);
        return Duration.ofSeconds(
                seconds, offset.get().number("nanosecs", 0, NANOS_MAX).orElse(0L));
    }
}
