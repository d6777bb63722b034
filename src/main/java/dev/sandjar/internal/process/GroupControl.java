package dev.sandjar.internal.process;

import dev.sandjar.Limits;
import dev.sandjar.SandboxEvent;
import dev.sandjar.internal.cgroup.Group;
import dev.sandjar.internal.cgroup.GroupUsage;
import dev.sandjar.internal.cgroup.Groups;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.LiveGroup;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.plan.LimitUpdate;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.linux.PressureThreshold;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be done to a running sandbox through its cgroups. Thread-safe. */
public final class GroupControl {
    private final LiveGroup group;
    private final LimitUpdate update;
    private final Watches watches;
    private final ReentrantLock lock = new ReentrantLock();

    private GroupControl(LiveGroup group, LimitUpdate update, Watches watches) {
        this.group = group;
        this.update = update;
        this.watches = watches;
    }

    /** Null if the plan has no cgroups for the sandbox. */
    public static @Nullable GroupControl of(
            @Nullable LiveGroup group, Plan plan, Connection connection, Run run, LimitUpdate update) {
        Groups groups = plan.groups();
        Layout layout = plan.layout();
        if (group == null || groups == null || layout == null || groups.groups().isEmpty()) {
            return null;
        }
        Set<Integer> used = groups.groups().stream()
                .filter(g -> !g.deferred())
                .map(Group::hierarchy)
                .collect(Collectors.toSet());
        return new GroupControl(group, update, new Watches(connection, run, layout, group, used, plan::atEnd));
    }

    GroupUsage usage() {
        return group.usage();
    }

    public void update(Limits limits) throws IOException {
        inTurn(() -> update.apply(group, limits));
    }

    void freeze() throws IOException {
        inTurn(group::freeze);
    }

    void thaw() throws IOException {
        inTurn(group::thaw);
    }

    void onEvent(Consumer<? super SandboxEvent> listener, List<PressureThreshold> thresholds) throws IOException {
        watches.add(listener, thresholds);
    }

    private interface Change {
        void run() throws IOException;
    }

    private void inTurn(Change change) throws IOException {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }
}
