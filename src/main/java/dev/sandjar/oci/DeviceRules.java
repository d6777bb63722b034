package dev.sandjar.oci;

import dev.sandjar.linux.DeviceRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The allowed device list (config-linux.md, "Allowed Device list"): rules that are applied in their order, each to what those before it
 * have left. Sandjar only allows; so what a list leaves is said by the rules that allow it, and a rule that denies some of the numbers that
 * one rule allows can't be said.
 */
final class DeviceRules {
    private static final int MAJOR_MAX = (1 << 12) - 1;
    private static final int MINOR_MAX = (1 << 20) - 1;
    private static final String ALL = "rwm";
    /** Stands for every number, as in the specification. */
    private static final int ANY = -1;

    /** Some devices of one type; {@link #ANY} stands for all numbers. */
    private record Some(char type, int major, int minor, String access) {
        boolean meets(Some other) {
            return type == other.type && meets(major, other.major) && meets(minor, other.minor);
        }

        private static boolean meets(int one, int other) {
            return one == other || one == ANY || other == ANY;
        }

        boolean covers(Some other) {
            return type == other.type
                    && (major == ANY || major == other.major)
                    && (minor == ANY || minor == other.minor);
        }

        Some without(String denied) {
            return new Some(type, major, minor, access.replaceAll("[" + denied + "]", ""));
        }

        DeviceRule rule() {
            DeviceRule rule = type == 'c' ? DeviceRule.character(access) : DeviceRule.block(access);
            rule = major == ANY ? rule : rule.major(major);
            return minor == ANY ? rule : rule.minor(minor);
        }
    }

    private static final List<Some> EVERYTHING = List.of(new Some('c', ANY, ANY, ALL), new Some('b', ANY, ANY, ALL));

    private List<Some> allowed = EVERYTHING;

    private final Draft draft;

    private DeviceRules(Draft draft) {
        this.draft = draft;
    }

    static void read(Draft draft, JsonAt resources) throws InvalidBundleException {
        DeviceRules rules = new DeviceRules(draft);
        for (JsonAt rule : resources.list("devices")) {
            rule.knowing("allow", "type", "major", "minor", "access");
            rules.apply(rule);
        }
        if (!rules.allowed.containsAll(EVERYTHING)) {
            if (draft.exact) {
                // As other runtimes have it: devices of the configuration are made in the container's cgroup. To make
                // one opens none.
                rules.allowed = rules.with(new Some('c', ANY, ANY, "m"));
                rules.allowed = rules.with(new Some('b', ANY, ANY, "m"));
            }
            List<DeviceRule> all = new ArrayList<>(DeviceRule.standard());
            rules.allowed.stream()
                    .map(Some::rule)
                    .filter(rule -> !all.contains(rule))
                    .forEach(all::add);
            draft.builder.limits(l -> l.devices(all));
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
        if (!allow && isStandard(types, major, minor) && !access.equals("m")) {
            draft.note(rule, "it stays allowed, as every container has it");
        }
        for (char one : (types.equals("a") ? "cb" : types).toCharArray()) {
            Some some = new Some(one, major, minor, access);
            allowed = allow ? with(some) : without(some, rule);
        }
    }

    /** Whether it names some of those that are allowed whatever the list says. */
    private static boolean isStandard(String types, int major, int minor) {
        List<DeviceRule> standard = DeviceRule.standard();
        return !types.equals("b")
                && major != ANY
                && (standard.contains(new Some('c', major, minor, "rw").rule())
                        || standard.contains(DeviceRule.character("rw").major(major)));
    }

    private List<Some> with(Some more) {
        List<Some> left = new ArrayList<>(allowed);
        boolean there = left.stream()
                .anyMatch(some -> some.covers(more)
                        && more.access().chars().allMatch(c -> some.access().indexOf(c) >= 0));
        if (!there) {
            left.add(more);
        }
        return left;
    }

    private List<Some> without(Some denied, JsonAt rule) throws InvalidBundleException {
        List<Some> left = new ArrayList<>();
        for (Some some : allowed) {
            Some rest = some.meets(denied) ? some.without(denied.access()) : some;
            if (!rest.equals(some) && !denied.covers(some)) {
                throw rule.refused("denies some of the devices that a rule before it allows together (" + some.rule()
                        + "): allow only those that are meant");
            }
            if (!rest.access().isEmpty()) {
                left.add(rest);
            }
        }
        return left;
    }

    private static int number(JsonAt rule, String field, int max) throws InvalidBundleException {
        return rule.number(field, -1, max).map(Long::intValue).orElse(ANY);
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
