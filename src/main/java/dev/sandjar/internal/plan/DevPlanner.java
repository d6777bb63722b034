package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.internal.protocol.Opcode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

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
        draft.enforced(
                "minimal " + dev,
                "tmpfs, devpts",
                String.join(" ", NODES) + " pts shm (" + MountPlanner.programs(minimal.exec()) + ")");
    }

    /** Once everything is in it that is to be: nothing can be made in it any more, nor a node of it be changed. */
    static void close(Draft draft, MountEntry.Dev minimal) {
        String dev = minimal.target();
        draft.setup(
                new Work.Attributes(dev, MountAttributes.RDONLY),
                draft.classic(),
                "make " + dev + " read-only",
                Isolation.MOUNT_NAMESPACE);
    }

    /**
     * The last of some entries before which it can't be closed, counted from the one that makes it: what lies in it is made there first. What
     * covers it, or a part of it with what is in that, comes after.
     */
    static int lastInside(Draft draft, List<MountEntry> entries, int own, UnaryOperator<String> place) {
        String target = entries.get(own).target();
        String dev = place.apply(target) + "/";
        int last = own;
        for (int i = own + 1; i < entries.size(); i++) {
            MountEntry entry = entries.get(i);
            String at = place.apply(entry.target());
            if (!(entry instanceof MountEntry.RootPropagation) && dev.startsWith(at.equals("/") ? at : at + "/")) {
                return last;
            }
            if (at.startsWith(dev)) {
                last = i;
                draft.linksToDev |= !entry.target().startsWith(target + "/");
            }
        }
        return last;
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
