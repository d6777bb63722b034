package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.internal.protocol.Opcode;
import java.util.ArrayList;
import java.util.List;

/** A /dev with what every program may expect and nothing that reaches hardware. */
final class DevPlanner {
    /** In the order of their slots. */
    static final List<String> NODES = List.of("null", "zero", "full", "random", "urandom", "tty");

    private static final List<List<String>> LINKS = List.of(
            List.of("fd", "/proc/self/fd"),
            List.of("stdin", "/proc/self/fd/0"),
            List.of("stdout", "/proc/self/fd/1"),
            List.of("stderr", "/proc/self/fd/2"),
            List.of("ptmx", "pts/ptmx"));

    /** Of the host's node of a device that is bound: one can write to the device, and not change the node. */
    static final long ATTRIBUTES = MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NOEXEC;

    private static final int DIRECTORY = 0755;
    private static final List<String> TERMINALS = List.of("newinstance", "", "ptmxmode", "0666", "mode", "0620");

    private DevPlanner() {}

    static void place(Draft draft, MountEntry.Dev minimal, int firstSlot, int create) {
        String dev = minimal.target();
        String terminals = minimal.terminals().isPresent()
                ? Integer.toString(minimal.terminals().getAsInt())
                : "";
        mount(
                draft,
                "tmpfs",
                dev,
                create,
                MountAttributes.NOEXEC,
                List.of("mode", "755", "size", "65536"),
                Isolation.MOUNT_NAMESPACE);
        nodes(draft, dev, firstSlot, Opcode.CREATE);
        mount(
                draft,
                "tmpfs",
                dev + "/shm",
                Opcode.CREATE,
                MountAttributes.NODEV | (minimal.exec() ? 0 : MountAttributes.NOEXEC),
                List.of("mode", "1777", "size", "67108864"),
                Isolation.MOUNT_NAMESPACE);
        if (draft.wants(Isolation.PRIVATE_DEVPTS)) {
            mount(
                    draft,
                    "devpts",
                    dev + "/pts",
                    Opcode.CREATE,
                    MountAttributes.NOEXEC,
                    terminals.isEmpty() ? TERMINALS : with(TERMINALS, "max", terminals),
                    Isolation.PRIVATE_DEVPTS);
            if (!terminals.isEmpty()) {
                draft.enforced("at most " + terminals + " pseudo-terminals", "devpts max=", "");
            }
        }
        for (MountEntry entry : draft.request.mounts()) {
            // Where they are usually mounted, which could not be made once this is read-only.
            if (entry.isQueues() && entry.target().startsWith(dev + "/")) {
                String step = "make " + entry.target();
                draft.setup(new Work.MakeDirectory(entry.target(), DIRECTORY), 0, step, null);
            }
        }
        draft.setup(
                new Work.Attributes(dev, MountAttributes.RDONLY),
                draft.classic(),
                "make " + dev + " read-only",
                Isolation.MOUNT_NAMESPACE);
        draft.enforced(
                "minimal " + dev,
                "tmpfs, devpts",
                String.join(" ", NODES) + " pts shm (" + MountPlanner.programs(minimal.exec()) + ")");
    }

    /** What is in every /dev, in the directory that is there. */
    static void nodes(Draft draft, String dev, int firstSlot, int create) {
        for (int i = 0; i < NODES.size(); i++) {
            String node = dev + "/" + NODES.get(i);
            // A read-only mount keeps owner and mode as the host has them, whoever the program is there, and lets it
            // write to a device.
            draft.setup(
                    new Work.Bind(firstSlot + i, node, ATTRIBUTES),
                    create | draft.classic(),
                    "bind " + node,
                    Isolation.MOUNT_NAMESPACE);
        }
        for (List<String> link : LINKS) {
            draft.setup(
                    new Work.Symlink(dev + "/" + link.get(0), Bytes.of(link.get(1))),
                    Opcode.OPTIONAL,
                    "link " + dev + "/" + link.get(0),
                    null);
        }
    }

    private static List<String> with(List<String> options, String key, String value) {
        List<String> more = new ArrayList<>(options);
        more.add(key);
        more.add(value);
        return more;
    }

    private static void mount(
            Draft draft,
            String type,
            String target,
            int create,
            long attributes,
            List<String> options,
            Isolation isolation) {
        draft.setup(
                new Work.Mount(type, target, attributes | MountAttributes.NOSUID, options),
                create | draft.classic(),
                "mount " + type + " on " + target,
                isolation);
    }
}
