package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.linux.DeviceRule;
import java.util.List;
import java.util.OptionalInt;

/** The devices that may be used (cgroup-v1/devices.rst, cgroup-v2.rst "Device controller"). */
final class DeviceLimits {
    private DeviceLimits() {}

    static void add(GroupsDraft draft, Limits limits) {
        limits.devices().ifPresent(rules -> add(draft, rules));
    }

    private static void add(GroupsDraft draft, List<DeviceRule> rules) {
        GroupsDraft.Slot slot = draft.need(Limit.DEVICES, Controller.DEVICES);
        if (slot == null) {
            return;
        }
        if (slot.isV2()) {
            slot.deviceProgram(DeviceProgram.allowing(rules));
            return;
        }
        slot.write(Limit.DEVICES, "devices.deny", "a");
        for (DeviceRule rule : rules) {
            String which = number(rule.major()) + ":" + number(rule.minor());
            slot.write(Limit.DEVICES, "devices.allow", rule.type() + " " + which + " " + rule.access());
        }
    }

    private static String number(OptionalInt number) {
        return number.isPresent() ? Integer.toString(number.getAsInt()) : "*";
    }
}
