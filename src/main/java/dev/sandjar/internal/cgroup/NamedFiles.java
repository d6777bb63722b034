package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import org.jspecify.annotations.Nullable;

/** Files that the caller has named, as they are. */
final class NamedFiles {
    private NamedFiles() {}

    static void add(GroupsDraft draft, Limits limits, DeviceNumbers devices) {
        limits.cgroupFiles().forEach((file, text) -> one(draft, file, text, devices));
    }

    private static void one(GroupsDraft draft, String file, String text, DeviceNumbers devices) {
        if (file.equals("blkio.weight_device")) {
            IoLimits.weightsAsV1Counts(draft, text, devices);
            return;
        }
        if (file.equals("blkio.weight")) {
            IoLimits.weightAsV1Counts(draft, Integer.parseInt(text));
            return;
        }
        Controller controller = controllerOf(file);
        if (controller == null) {
            draft.problem(Limit.CGROUP_FILES, "no controller has " + file, "name a file of a controller");
            return;
        }
        if (draft.layout().isV2() && Controller.ofV2(controller.label()) == null) {
            draft.problem(Limit.CGROUP_FILES, "cgroup v2 has no " + file, "leave it out, or use cgroup v1");
            return;
        }
        GroupsDraft.Slot slot = draft.need(Limit.CGROUP_FILES, controller);
        if (slot != null) {
            // Each write is one command to the kernel.
            text.lines().forEach(line -> slot.write(Limit.CGROUP_FILES, file, line));
        }
    }

    private static @Nullable Controller controllerOf(String file) {
        String name = file.substring(0, Math.max(0, file.indexOf('.')));
        return name.equals("io") ? Controller.IO : Controller.ofV1(name);
    }
}
