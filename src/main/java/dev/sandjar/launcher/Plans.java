package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.Errno;
import dev.sandjar.internal.Utf8;
import dev.sandjar.plan.Plan;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** The plans that one launcher knows by number. A plan that nobody holds any more is dropped there too. */
final class Plans {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Kernel kernel;
    private final Connection connection;
    private final Map<Plan, Long> known = new WeakHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    Plans(Kernel kernel, Connection connection) {
        this.kernel = kernel;
        this.connection = connection;
    }

    /** The number of a plan, which the launcher has when this returns: requests keep their order. */
    long idOf(Plan plan) throws SandboxException {
        lock.lock();
        try {
            Long id = known.get(plan);
            if (id == null) {
                id = register(plan);
                known.put(plan, id);
                CLEANER.register(plan, new Drop(connection, id));
            }
            return id;
        } finally {
            lock.unlock();
        }
    }

    /** A number of its own, for a plan that serves one start. */
    long register(Plan plan) throws SandboxException {
        long id = connection.nextId();
        List<Integer> opened = new ArrayList<>();
        try {
            for (Path path : plan.descriptors()) {
                int fd = kernel.open(Utf8.encode("path", path.toString()), Kernel.O_RDONLY, 0);
                if (fd < 0) {
                    throw new SandboxException(
                            "open a namespace to join", "open", path.toString(), -fd, "",
                            Errno.ENOENT.is(-fd) ? "the process it belongs to may have ended" : "check its permissions");
                }
                opened.add(fd);
            }
            connection.send(
                    Frame.PLAN, id, plan.encoded(), opened.stream().mapToInt(Integer::intValue).toArray());
            return id;
        } finally {
            opened.forEach(kernel::close);
        }
    }

    void drop(long id) {
        new Drop(connection, id).run();
    }

    private record Drop(Connection connection, long id) implements Runnable {
        @Override
        public void run() {
            try {
                connection.send(Frame.PLAN_DROP, id, new byte[0]);
            } catch (SandboxException e) {
                return; // the launcher is gone, and the plan with it
            }
        }
    }
}
