package dev.sandjar.internal.cgroup;

import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a hierarchy can control ({@code cgroups(7)}), under one name for both versions. */
public enum Controller {
    MEMORY("memory"),
    CPU("cpu"),
    /** A controller of its own on v1; every group counts CPU time on v2. */
    CPUACCT("cpuacct"),
    CPUSET("cpuset"),
    PIDS("pids"),
    /** "blkio" on v1. */
    IO("io"),
    HUGETLB("hugetlb"),
    /** A controller on v1, BPF programs on v2. */
    DEVICES("devices"),
    /** A controller on v1, a file of every group on v2. */
    FREEZER("freezer"),
    RDMA("rdma"),
    MISC("misc"),
    /** Not on v2. */
    NET_CLS("net_cls"),
    /** Not on v2. */
    NET_PRIO("net_prio");

    private final String label;

    Controller(String label) {
        this.label = label;
    }

    /** The kernel's name for it, as v2 spells it. */
    public String label() {
        return label;
    }

    /** Which controller the kernel calls so on v1, or null if Sandjar has no use for it. */
    static @Nullable Controller ofV1(String name) {
        return name.equals("blkio") ? IO : name.equals("io") ? null : named(name);
    }

    /** Which controller the kernel lists so in {@code cgroup.controllers}, or null. */
    static @Nullable Controller ofV2(String name) {
        return switch (name) {
            case "memory", "cpu", "cpuset", "pids", "io", "hugetlb", "rdma", "misc" -> named(name);
            default -> null;
        };
    }

    /** What makes a group of v2 pass those on that can be: text for {@code cgroup.subtree_control}. */
    static String handedDown(Set<Controller> controllers) {
        return controllers.stream()
                .sorted()
                .map(Controller::label)
                .filter(name -> ofV2(name) != null)
                .map(name -> "+" + name)
                .collect(Collectors.joining(" "));
    }

    private static @Nullable Controller named(String name) {
        for (Controller c : values()) {
            if (c.label.equals(name)) {
                return c;
            }
        }
        return null;
    }
}
