package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.internal.policy.DeviceRulePolicy;
import dev.sandjar.internal.policy.LimitsPolicy;
import dev.sandjar.internal.util.Nullable;
import java.util.List;

/** The devices that may be used (cgroup-v1/devices.rst, cgroup-v2.rst "Device controller"). */
final class DeviceLimits {
    private DeviceLimits() {}

    static void add(GroupsDraft draft, LimitsPolicy limits) {
        List<DeviceRulePolicy> rules = limits.devices();
        GroupsDraft.Slot slot = rules == null ? null : draft.need(Limit.DEVICES, Controller.DEVICES);
        if (rules == null || slot == null) {
            return;
        }
        if (slot.isV2()) {
            slot.deviceProgram(DeviceProgram.allowing(rules));
            return;
        }
        slot.write(Limit.DEVICES, "devices.deny", "a");
        for (DeviceRulePolicy rule : rules) {
            // The kernel takes "a" for everything, whatever follows.
            String types = rule.type() == 'a' ? "bc" : String.valueOf(rule.type());
            for (int i = 0; i < types.length(); i++) {
                String which = number(rule.major()) + ":" + number(rule.minor());
                slot.write(Limit.DEVICES, "devices.allow", types.charAt(i) + " " + which + " " + rule.access());
            }
        }
    }

    private static String number(@Nullable Integer number) {
        return number == null ? "*" : number.toString();
    }
}
