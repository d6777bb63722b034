package dev.sandjar.internal.process;

import dev.sandjar.Limits;
import dev.sandjar.SandboxEvent;
import dev.sandjar.internal.cgroup.GroupUsage;
import dev.sandjar.internal.cgroup.LiveGroup;
import dev.sandjar.internal.plan.LimitUpdate;
import dev.sandjar.linux.PressureThreshold;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** What can be done to a running sandbox through its cgroups. Thread-safe. */
public final class GroupControl {
    private final LiveGroup group;
    private final LimitUpdate update;
    private final Watches watches;
    private final ReentrantLock lock = new ReentrantLock();

    public GroupControl(LiveGroup group, LimitUpdate update, Watches watches) {
        this.group = group;
        this.update = update;
        this.watches = watches;
    }

    GroupUsage usage() {
        return group.usage();
    }

    void update(Limits limits) throws IOException {
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
