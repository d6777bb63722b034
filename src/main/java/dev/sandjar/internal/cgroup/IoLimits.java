package dev.sandjar.internal.cgroup;

import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.linux.IoLimit;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Disks (cgroup-v2.rst "IO", cgroup-v1/blkio-controller.rst, block/bfq-iosched.rst). */
final class IoLimits {
    private static final int DEFAULT_BLKIO_WEIGHT = 500;
    private static final int DEFAULT_WEIGHT = 100;

    private IoLimits() {}

    static void add(GroupsDraft draft, Limits limits, DeviceNumbers devices) {
        limits.ioWeight().ifPresent(weight -> weight(draft, weight));
        GroupsDraft.Slot slot = limits.io().isEmpty() ? null : draft.need(Limit.IO, Controller.IO);
        if (slot != null) {
            for (IoLimit limit : limits.io()) {
                DeviceNumber device = device(draft, limit, devices);
                if (device == null) {
                    continue;
                }
                throttle(slot, device, limit);
                if (limit.weight().isPresent()) {
                    weightOf(draft, slot, device, limit.weight().getAsInt(), devices);
                }
            }
        }
    }

    private static void weight(GroupsDraft draft, int weight) {
        GroupsDraft.Slot slot = draft.need(Limit.IO_WEIGHT, Controller.IO);
        if (slot == null) {
            return;
        }
        if (slot.isV2()) {
            weightV2(draft, slot, weight);
        } else {
            weightV1(draft, slot, weight);
        }
    }

    /** From 10 to 1000: as it is, but for io.weight, which gets what other runtimes make of it. */
    static void weightAsV1Counts(GroupsDraft draft, int weight) {
        GroupsDraft.Slot slot = draft.need(Limit.IO_WEIGHT, Controller.IO);
        if (slot == null) {
            return;
        }
        List<String> names =
                slot.isV2() ? List.of("io.weight", "io.bfq.weight") : List.of("blkio.weight", "blkio.bfq.weight");
        List<String> there =
                names.stream().filter(name -> slot.hierarchy().has(name)).toList();
        if (there.isEmpty()) {
            noWeights(draft);
        }
        for (String file : there) {
            int value = file.equals("io.weight") ? ofV2(weight) : weight;
            slot.write(Limit.IO_WEIGHT, file, slot.isV2() ? "default " + value : Integer.toString(value));
        }
    }

    /** 10 to 1000 become 1 to 10000, as runc and crun have it. */
    private static int ofV2(int weight) {
        return 1 + (weight - 10) * 9_999 / 990;
    }

    /** @param lines with the numbers of a disk and a weight from 10 to 1000 each */
    static void weightsAsV1Counts(GroupsDraft draft, String lines, DeviceNumbers devices) {
        GroupsDraft.Slot slot = draft.need(Limit.IO, Controller.IO);
        if (slot == null) {
            return;
        }
        for (String line : lines.lines().toList()) {
            String[] parts = line.split("[: ]");
            DeviceNumber device =
                    device(draft, IoLimit.ofDevice(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])), devices);
            String file = device == null ? null : fileOf(draft, slot, device, devices);
            if (file != null) {
                int weight = Integer.parseInt(parts[2]);
                slot.write(Limit.IO, file, device + " " + (file.equals("io.weight") ? ofV2(weight) : weight));
            }
        }
    }

    private static void weightV2(GroupsDraft draft, GroupsDraft.Slot slot, int weight) {
        boolean cost = slot.hierarchy().has("io.weight");
        if (cost) {
            slot.write(Limit.IO_WEIGHT, "io.weight", "default " + weight);
        }
        // A disk with the BFQ scheduler goes by its own file, one with io.cost by the other; both may be there.
        if (slot.hierarchy().has("io.bfq.weight") && (!cost || fits(weight, 1, 1000))) {
            ranged(draft, slot, "io.bfq.weight", weight, 1);
        } else if (!cost) {
            noWeights(draft);
        }
    }

    /** A disk goes by the file of its own scheduler alone, and the kernel takes none for another. */
    private static @Nullable String fileOf(
            GroupsDraft draft, GroupsDraft.Slot slot, DeviceNumber device, DeviceNumbers devices) {
        boolean bfq = devices.schedulerOf(device).equals("bfq");
        String file = slot.isV2()
                ? slot.hierarchy().firstOf(bfq ? "io.bfq.weight" : "io.weight")
                : slot.hierarchy().firstOf(bfq ? "blkio.bfq.weight_device" : "blkio.weight_device");
        if (file == null) {
            draft.problem(
                    Limit.IO,
                    "the I/O scheduler of disk " + device + " knows no weights",
                    "give the disk the bfq scheduler, or enable io.cost for it");
        }
        return file;
    }

    private static void weightOf(
            GroupsDraft draft, GroupsDraft.Slot slot, DeviceNumber device, int weight, DeviceNumbers devices) {
        String file = fileOf(draft, slot, device, devices);
        if (file == null) {
            return;
        }
        int value = file.equals("blkio.weight_device") ? weight * DEFAULT_BLKIO_WEIGHT / DEFAULT_WEIGHT : weight;
        int min = file.equals("blkio.weight_device") ? 10 : 1;
        if (!file.equals("io.weight") && !fits(value, min, 1000)) {
            draft.problem(
                    Limit.IO,
                    "this weight would be " + value + " in " + file + ", which takes " + min + " to 1000",
                    "choose a weight nearer to 100");
            return;
        }
        slot.write(Limit.IO, file, device + " " + value);
    }

    private static void weightV1(GroupsDraft draft, GroupsDraft.Slot slot, int weight) {
        String file = slot.hierarchy().firstOf("blkio.bfq.weight", "blkio.weight");
        if (file == null) {
            noWeights(draft);
        } else if (file.equals("blkio.weight")) {
            ranged(draft, slot, file, weight * DEFAULT_BLKIO_WEIGHT / DEFAULT_WEIGHT, 10);
        } else {
            ranged(draft, slot, file, weight, 1);
        }
    }

    private static void ranged(GroupsDraft draft, GroupsDraft.Slot slot, String file, int value, int min) {
        if (fits(value, min, 1000)) {
            slot.write(Limit.IO_WEIGHT, file, slot.isV2() ? "default " + value : Integer.toString(value));
        } else {
            draft.problem(
                    Limit.IO_WEIGHT,
                    "this weight would be " + value + " in " + file + ", which takes " + min + " to 1000",
                    "choose a weight nearer to 100");
        }
    }

    private static boolean fits(int value, int min, int max) {
        return value >= min && value <= max;
    }

    private static void noWeights(GroupsDraft draft) {
        draft.problem(
                Limit.IO_WEIGHT,
                "no I/O scheduler with weights is loaded",
                "give the disk the bfq scheduler, or enable io.cost for it");
    }

    private static @Nullable DeviceNumber device(GroupsDraft draft, IoLimit limit, DeviceNumbers devices) {
        String reason;
        try {
            DeviceNumber device = devices.of(limit.device());
            if (device != null) {
                return device;
            }
            reason = limit.device() + " lies on no block device";
        } catch (IOException e) {
            reason = limit.device() + " can't be looked at: " + e;
        }
        draft.problem(Limit.IO, reason, "name a disk, or a file on a file system that lies on one disk");
        return null;
    }

    /** In the order of the kernel's files; nothing where it is only a share. */
    private static void throttle(GroupsDraft.Slot slot, DeviceNumber device, IoLimit limit) {
        OptionalLong readBytes = bytes(limit.readBytes());
        OptionalLong writeBytes = bytes(limit.writeBytes());
        if (!slot.isV2()) {
            file(slot, device, "blkio.throttle.read_bps_device", readBytes);
            file(slot, device, "blkio.throttle.write_bps_device", writeBytes);
            file(slot, device, "blkio.throttle.read_iops_device", limit.readOperations());
            file(slot, device, "blkio.throttle.write_iops_device", limit.writeOperations());
            return;
        }
        String text = key("rbps", readBytes)
                + key("wbps", writeBytes)
                + key("riops", limit.readOperations())
                + key("wiops", limit.writeOperations());
        if (!text.isEmpty()) {
            slot.write(Limit.IO, "io.max", device + text);
        }
    }

    private static OptionalLong bytes(Optional<DataSize> size) {
        return size.isPresent() ? OptionalLong.of(size.get().toBytes()) : OptionalLong.empty();
    }

    private static String key(String key, OptionalLong value) {
        return value.isPresent() ? " " + key + "=" + value.getAsLong() : "";
    }

    private static void file(GroupsDraft.Slot slot, DeviceNumber device, String file, OptionalLong value) {
        value.ifPresent(number -> slot.write(Limit.IO, file, device + " " + number));
    }
}
