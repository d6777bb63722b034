package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.Opcode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What virtual machines, allocators and libraries read of /sys to fit themselves to the machine: processors, nodes of memory and huge
 * pages. Each is a mount of that directory alone, so that nothing else of sysfs can be reached from it; of devices there is nothing.
 */
final class KernelView {
    static final List<String> TREES =
            List.of("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage");

    private static final long ATTRIBUTES =
            MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NODEV | MountAttributes.NOEXEC;

    private final Draft draft;
    private final List<Integer> slots;
    private final List<String> trees;

    private KernelView(Draft draft, List<String> trees, List<Integer> slots) {
        this.draft = draft;
        this.trees = trees;
        this.slots = slots;
    }

    static KernelView open(Draft draft, MountSources sources) throws SandboxException {
        List<String> trees = there();
        List<Integer> slots = trees.stream().map(tree -> draft.nextSlot()).toList();
        for (int i = 0; i < trees.size(); i++) {
            String tree = trees.get(i);
            sources.openTree(slots.get(i), Path.of(tree), true, "open " + tree, null);
        }
        return new KernelView(draft, trees, slots);
    }

    /** Not every kernel has nodes, and in some containers there is no /sys. */
    static List<String> there() {
        return TREES.stream().filter(tree -> Files.isDirectory(Path.of(tree))).toList();
    }

    void place() {
        for (int i = 0; i < trees.size(); i++) {
            String tree = trees.get(i);
            draft.setup(
                    new Work.Bind(slots.get(i), tree, ATTRIBUTES),
                    Opcode.RECURSIVE | Opcode.CREATE | draft.classic(),
                    "bind " + tree,
                    Isolation.MOUNT_NAMESPACE);
        }
        if (!trees.isEmpty()) {
            draft.enforced(
                    "view of processors, nodes and huge pages",
                    draft.host.mountApi() ? "open_tree(2), mount_setattr(2)" : "mount(2)",
                    String.join(" ", trees) + ", read-only; nothing else of /sys but its own cgroups");
        }
    }
}
