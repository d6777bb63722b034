package dev.sandjar.oci;

import dev.sandjar.MountPropagation;
import dev.sandjar.Network;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.linux.DeviceNode;
import dev.sandjar.network.NetworkDevice;
import dev.sandjar.seccomp.SeccompProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What config-linux.md has beside namespaces and resources. */
final class LinuxReader {
    private static final int MAJOR_MAX = (1 << 12) - 1;
    private static final int MINOR_MAX = (1 << 20) - 1;
    private static final int MODE_MAX = 0177777;
    private static final int PERMISSIONS = 0777;
    private static final long LINUX32 = 8;
    /** How messages about a profile begin: syscalls[3].args[0].op: ... */
    private static final Pattern PLACE =
            Pattern.compile("([A-Za-z]+(?:\\[[0-9]+]|\\.[A-Za-z]+)*): (.*)", Pattern.DOTALL);

    /** What runtimes take for an order to systemd. */
    private static final Pattern UNIT = Pattern.compile("[^/:]*:[^/:]*:[^/:]*");

    /** The host's would be the way to its terminals. */
    private static final Set<String> CONSOLES = Set.of("/dev/ptmx", "/dev/console");

    private LinuxReader() {}

    static void read(Draft draft, JsonAt linux) throws InvalidBundleException {
        netDevices(draft, linux);
        linux.without("intelRdt", "classes of cache and bandwidth (/sys/fs/resctrl) can't be chosen");
        if (linux.filled("mountLabel").isPresent()) {
            draft.note(
                    linux,
                    "mountLabel: mounts have the labels that the kernel gives them, which the container may not be allowed");
        }
        cgroupsPath(draft, linux);
        if (!draft.joinsMounts) {
            devices(draft, linux);
        }
        for (String name : sysctlNames(linux)) {
            JsonAt value = linux.required("sysctl").required(name);
            String text = value.text();
            value.checked(() -> draft.builder.namespaces(n -> n.sysctl(name, text)));
            String namespace = namespaceOf(name);
            if (!draft.own.contains(namespace) && !draft.joined.contains(namespace)) {
                throw value.refused("needs a \"" + namespace + "\" namespace: it would be set for everybody otherwise");
            }
        }
        paths(draft.builder, linux);
        Optional<JsonAt> resources = linux.field("resources");
        if (resources.isPresent()) {
            ResourceReader.read(draft, resources.get());
        }
        Optional<JsonAt> seccomp = linux.field("seccomp");
        if (seccomp.isPresent()) {
            draft.builder.seccomp(profile(seccomp.get()));
        }
        propagation(draft.builder, linux);
        personality(draft.builder, linux);
        Optional<JsonAt> memory = linux.field("memoryPolicy");
        if (memory.isPresent()) {
            MemoryPolicyReader.read(draft, memory.get());
        }
    }

    private static void cgroupsPath(Draft draft, JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> path = linux.filled("cgroupsPath");
        if (path.isEmpty()) {
            return;
        }
        String text = path.get().text();
        if (UNIT.matcher(text).matches()) {
            if (draft.exact) {
                throw path.get()
                        .refused("names a unit of systemd (slice:prefix:name), whose cgroups are not made yet: have the"
                                + " engine use the cgroupfs driver");
            }
            draft.note(
                    path.get(),
                    "names a unit of systemd (slice:prefix:name); its cgroups are made where Sandjar has its own");
            return;
        }
        path.get().checked(() -> draft.builder.cgroupPath(CgroupPath.of(text)));
    }

    /** Of a name that the builder has taken. */
    private static String namespaceOf(String sysctl) {
        if (sysctl.startsWith("net")) {
            return "network";
        }
        return sysctl.endsWith("hostname") || sysctl.endsWith("domainname") ? "uts" : "ipc";
    }

    /** Addresses stay, routes don't, as the specification has it. */
    private static void netDevices(Draft draft, JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> all = linux.field("netDevices");
        if (all.isEmpty() || all.get().names().isEmpty()) {
            return;
        }
        if (!draft.own.contains("network")) {
            throw all.get()
                    .refused("needs a new \"network\" namespace: whoever is in one that is joined would have them too");
        }
        List<NetworkDevice> devices = new ArrayList<>();
        for (String name : all.get().names()) {
            JsonAt device = all.get().required(name).knowing("name");
            Optional<JsonAt> inside = device.filled("name");
            String named = inside.isPresent() ? inside.get().text() : name;
            device.checked(() -> devices.add(NetworkDevice.move(name).named(named)));
        }
        all.get()
                .checked(() -> draft.builder.network(Network.devices(
                        devices.get(0), devices.subList(1, devices.size()).toArray(NetworkDevice[]::new))));
    }

    private static Iterable<String> sysctlNames(JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> sysctl = linux.field("sysctl");
        return sysctl.isPresent() ? sysctl.get().names() : List.of();
    }

    private static void devices(Draft draft, JsonAt linux) throws InvalidBundleException {
        if (draft.bindsDev) {
            // The host's own directory, in which nothing is made.
            if (!linux.list("devices").isEmpty()) {
                draft.note(linux, "devices: none is made in what is bound on /dev");
            }
            return;
        }
        SandboxBuilder builder = draft.builder;
        // What every container has; what is bound or made by the configuration comes after it.
        builder.mounts(m -> m.standardDevices());
        for (JsonAt device : linux.list("devices")) {
            device.knowing("type", "path", "major", "minor", "fileMode", "uid", "gid");
            String path = device.required("path").text();
            JsonAt type = device.required("type");
            DeviceNode node = device.required("path").checked(() -> node(device, type, path));
            // Some write it as stat(2) has it, with the type.
            Optional<Long> mode = device.number("fileMode", 0, MODE_MAX);
            DeviceNode withMode = mode.isPresent() ? node.mode(mode.get().intValue() & PERMISSIONS) : node;
            long uid = device.number("uid", 0, 0xfffffffeL).orElse(0L);
            long gid = device.number("gid", 0, 0xfffffffeL).orElse(0L);
            if (isStandard(path)) {
                // Those are there already, and can be no others.
                standard(device, path);
            } else if (CONSOLES.contains(path)) {
                draft.note(device, path + " is the container's own, or not there at all");
            } else {
                device.checked(() -> builder.mounts(m -> m.device(withMode.owner(uid, gid))));
            }
        }
    }

    private static boolean isStandard(String path) {
        return Set.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
                .contains(path);
    }

    private static void standard(JsonAt device, String path) throws InvalidBundleException {
        String numbers = device.required("major").number(0, MAJOR_MAX) + ":"
                + device.required("minor").number(0, MINOR_MAX);
        String expected =
                switch (path) {
                    case "/dev/null" -> "1:3";
                    case "/dev/zero" -> "1:5";
                    case "/dev/full" -> "1:7";
                    case "/dev/random" -> "1:8";
                    case "/dev/urandom" -> "1:9";
                    default -> "5:0";
                };
        if (!numbers.equals(expected)) {
            throw device.refused("path", "every container has " + path + " with the numbers " + expected);
        }
    }

    private static DeviceNode node(JsonAt device, JsonAt type, String path) throws InvalidBundleException {
        if (type.text().equals("p")) {
            return DeviceNode.pipe(path);
        }
        int major = (int) device.required("major").number(0, MAJOR_MAX);
        int minor = (int) device.required("minor").number(0, MINOR_MAX);
        return switch (type.text()) {
            case "c", "u" -> DeviceNode.character(path, major, minor);
            case "b" -> DeviceNode.block(path, major, minor);
            default -> throw type.refused("is none of c, b, u, p");
        };
    }

    private static void paths(SandboxBuilder builder, JsonAt linux) throws InvalidBundleException {
        for (JsonAt path : linux.list("maskedPaths")) {
            String text = MountReader.clean(path.text());
            path.checked(() -> builder.mounts(m -> m.mask(text)));
        }
        for (JsonAt path : linux.list("readonlyPaths")) {
            String text = MountReader.clean(path.text());
            path.checked(() -> builder.mounts(m -> m.readOnlyPath(text)));
        }
    }

    private static SeccompProfile profile(JsonAt seccomp) throws InvalidBundleException {
        try {
            return SeccompProfile.fromJson(seccomp.json());
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            Matcher matcher = PLACE.matcher(message);
            if (!matcher.matches()) {
                throw seccomp.refused(message);
            }
            String place = matcher.group(1).replace("[", "/").replace("]", "").replace('.', '/');
            throw seccomp.refused(place, matcher.group(2));
        }
    }

    private static void propagation(SandboxBuilder builder, JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> propagation = linux.filled("rootfsPropagation");
        if (propagation.isEmpty()) {
            return;
        }
        switch (propagation.get().text()) {
            case "private", "rprivate" -> builder.mounts(m -> m.propagation(MountPropagation.PRIVATE));
            case "slave", "rslave" -> builder.mounts(m -> m.propagation(MountPropagation.SLAVE));
            case "shared", "rshared" -> builder.mounts(m -> m.propagation(MountPropagation.SHARED));
            case "unbindable", "runbindable" -> builder.mounts(m -> m.propagation(MountPropagation.UNBINDABLE));
            default -> throw propagation.get().refused("is none of private, slave, shared, unbindable");
        }
    }

    private static void personality(SandboxBuilder builder, JsonAt linux) throws InvalidBundleException {
        Optional<JsonAt> personality = linux.field("personality");
        if (personality.isEmpty()) {
            return;
        }
        personality.get().knowing("domain", "flags").without("flags", "no flags are specified yet");
        JsonAt domain = personality.get().required("domain");
        switch (domain.text()) {
            case "LINUX" -> builder.process(p -> p.personality(0));
            case "LINUX32" -> builder.process(p -> p.personality(LINUX32));
            default -> throw domain.refused("is neither LINUX nor LINUX32");
        }
    }
}
