package dev.sandjar.oci;

import dev.sandjar.DeviceRule;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The allowed device list (config-linux.md, "Allowed Device list"): rules that are applied in their order. Sandjar only allows; so a list
 * that first denies all can be said with it, and one that denies some of what it allows can't.
 */
final class DeviceRules {
    private static final int MAJOR_MAX = (1 << 12) - 1;
    private static final int MINOR_MAX = (1 << 20) - 1;

    /** Null while everything is allowed. */
    private @Nullable List<DeviceRule> allowed;

    private DeviceRules() {}

    static void read(SandboxBuilder builder, JsonAt resources) throws InvalidBundleException {
        DeviceRules rules = new DeviceRules();
        for (JsonAt rule : resources.list("devices")) {
            rule.knowing("allow", "type", "major", "minor", "access");
            rules.apply(rule);
        }
        List<DeviceRule> allowed = rules.allowed;
        if (allowed != null) {
            List<DeviceRule> all = new ArrayList<>(DeviceRule.standard());
            all.addAll(allowed);
            builder.devices(all.toArray(new DeviceRule[0]));
        }
    }

    private void apply(JsonAt rule) throws InvalidBundleException {
        boolean allow = rule.required("allow").bool();
        Optional<JsonAt> type = rule.filled("type");
        String types = type.isEmpty() ? "a" : type.get().text();
        if (!types.equals("a") && !types.equals("b") && !types.equals("c")) {
            throw rule.refused("type", "is none of a, b, c");
        }
        int major = number(rule, "major", MAJOR_MAX);
        int minor = number(rule, "minor", MINOR_MAX);
        String access = access(rule);
        boolean everything =
                types.equals("a") && major == DeviceRule.ANY && minor == DeviceRule.ANY && access.equals("rwm");
        if (everything) {
            allowed = allow ? null : new ArrayList<>();
            return;
        }
        List<DeviceRule> list = allowed;
        if (list == null) {
            if (!allow) {
                throw rule.refused(
                        "some devices can be denied only after all: begin with {\"allow\": false, \"access\": \"rwm\"}");
            }
            return; // allowed already
        }
        if (allow) {
            if (!types.equals("b")) {
                list.add(DeviceRule.character(major, minor, access));
            }
            if (!types.equals("c")) {
                list.add(DeviceRule.block(major, minor, access));
            }
        } else if (!list.isEmpty()) {
            throw rule.refused("what was allowed can't be denied in part: leave the rule out that allows it");
        }
    }

    private static int number(JsonAt rule, String field, int max) throws InvalidBundleException {
        return rule.number(field, -1, max).map(Long::intValue).orElse(DeviceRule.ANY);
    }

    /** In the order that the library has; "" is all. */
    private static String access(JsonAt rule) throws InvalidBundleException {
        Optional<JsonAt> access = rule.filled("access");
        if (access.isEmpty()) {
            return "rwm";
        }
        String text = access.get().text();
        StringBuilder ordered = new StringBuilder();
        for (String c : List.of("r", "w", "m")) {
            if (text.contains(c)) {
                ordered.append(c);
            }
        }
        if (ordered.length() != text.length()) {
            throw access.get().refused("is not made of r, w and m");
        }
        return ordered.toString();
    }
}
