package dev.sandjar.internal.cgroup;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code /proc/self/cgroup} ({@code cgroups(7)}).
 *
 * @param names of the controllers as the kernel has them, empty for v2
 * @param path the group, from the root of the hierarchy or of the cgroup namespace
 */
record Membership(Set<String> names, String path) {
    /** Lines that make no sense are passed over. */
    static List<Membership> parse(String text) {
        List<Membership> all = new ArrayList<>();
        for (String line : text.split("\n")) {
            Membership one = line(line);
            if (one != null) {
                all.add(one);
            }
        }
        return all;
    }

    private static @Nullable Membership line(String line) {
        String[] fields = line.split(":", 3);
        if (fields.length < 3 || Numbers.parse(fields[0]) == null || !fields[2].startsWith("/")) {
            return null;
        }
        boolean v2 = fields[0].equals("0") && fields[1].isEmpty();
        if (!v2 && fields[1].isEmpty()) {
            return null;
        }
        return new Membership(v2 ? Set.of() : Set.copyOf(List.of(fields[1].split(","))), fields[2]);
    }

    boolean isIn(CgroupMount mount) {
        return names.isEmpty()
                ? mount.version() == 2
                : mount.version() == 1 && mount.superOptions().containsAll(names);
    }

    Set<Controller> controllers() {
        Set<Controller> set = EnumSet.noneOf(Controller.class);
        for (String name : names) {
            Controller controller = Controller.ofV1(name);
            if (controller != null) {
                set.add(controller);
            }
        }
        return set;
    }
}
