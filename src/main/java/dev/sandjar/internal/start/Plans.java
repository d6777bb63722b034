package dev.sandjar.internal.start;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.reuse.Templates;
import dev.sandjar.internal.util.Cleaners;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The plans that one launcher knows by number. A plan that nobody holds any more is dropped there too. */
final class Plans {
    private final Kernel kernel;
    private final Connection connection;
    private final Templates templates;
    private final Map<Plan, Long> known = new WeakHashMap<>();
    private final Map<Plan, Named> named = new WeakHashMap<>();
    private final Map<Long, Cleaners.Cleaning> drops = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    Plans(Kernel kernel, Connection connection, Templates templates) {
        this.kernel = kernel;
        this.connection = connection;
        this.templates = templates;
    }

    /** The number of a plan, which the launcher has when this returns: requests keep their order. */
    long idOf(Plan plan) throws SandboxException {
        lock.lock();
        try {
            Long id = known.get(plan);
            if (id == null) {
                id = register(plan, 0, "", "");
                known.put(plan, id);
                dropAfter(plan, id);
            }
            return id;
        } finally {
            lock.unlock();
        }
    }

    private void dropAfter(Plan plan, long id) {
        Drop drop = new Drop(new WeakReference<>(connection), new WeakReference<>(templates), id, drops);
        drops.put(id, Cleaners.register(plan, drop));
    }

    /** A plan as it is while the names of members of networks stay the same. Guarded by the lock. */
    final class Named {
        private final ByteBuffer names;
        private final long id;
        private int users;
        private boolean replaced;

        private Named(ByteBuffer names, long id) {
            this.names = names;
            this.id = id;
        }

        long id() {
            return id;
        }

        /** Whether the names are still the same. */
        boolean isNow(Plan plan) {
            return names.equals(plan.names());
        }

        /** For who has taken it; once. */
        void giveBack() {
            boolean unused;
            lock.lock();
            try {
                users--;
                unused = replaced && users == 0;
            } finally {
                lock.unlock();
            }
            if (unused) {
                dropReplaced(id);
            }
        }
    }

    /** The number of a plan as it is with the names that there are now, for who gives it back. */
    Named withNames(Plan plan) throws SandboxException {
        Named taken;
        Named before;
        lock.lock();
        try {
            before = named.get(plan);
            if (before != null && before.names.equals(plan.names())) {
                before.users++;
                return before;
            }
            taken = registerWithNames(plan);
            taken.users++;
            named.put(plan, taken);
            dropAfter(plan, taken.id);
            if (before != null) {
                before.replaced = true;
                before = before.users == 0 ? before : null;
            }
        } finally {
            lock.unlock();
        }
        if (before != null) {
            dropReplaced(before.id);
        }
        return taken;
    }

    /** Others may give out names meanwhile. */
    private Named registerWithNames(Plan plan) throws SandboxException {
        ByteBuffer names;
        byte[] body;
        do {
            names = plan.names();
            body = plan.encoded(0, "", "");
        } while (!names.equals(plan.names()));
        return new Named(names, register(plan, body));
    }

    private void dropReplaced(long id) {
        Cleaners.Cleaning drop = drops.remove(id);
        if (drop != null) {
            drop.forget();
        }
        templates.forget(id);
        drop(id);
    }

    /**
     * A number of its own, for a plan as one start has it, whose private ids begin at {@code base}, and whose network says of names what
     * {@code resolvConf} does, and whose directory in place of /tmp is {@code tmp}.
     */
    long register(Plan plan, long base, String resolvConf, String tmp) throws SandboxException {
        return register(plan, plan.encoded(base, resolvConf, tmp));
    }

    private long register(Plan plan, byte[] body) throws SandboxException {
        long id = connection.nextId();
        List<Integer> opened = new ArrayList<>();
        try {
            for (Path path : plan.descriptors()) {
                opened.add(OpenFiles.namespace("open a namespace to join", path));
            }
            int[] fds = opened.stream().mapToInt(Integer::intValue).toArray();
            connection.send(Frame.PLAN, id, body, fds);
            return id;
        } finally {
            opened.forEach(kernel::close);
        }
    }

    /** The launcher is gone. */
    void forgetAll() {
        drops.values().forEach(Cleaners.Cleaning::forget);
        drops.clear();
    }

    void drop(long id) {
        drop(connection, id);
    }

    private static void drop(@Nullable Connection connection, long id) {
        if (connection == null || connection.isLost()) {
            return;
        }
        try {
            connection.send(Frame.PLAN_DROP, id, new byte[0]);
        } catch (SandboxException e) {
            return; // the launcher is gone, and the plan with it
        }
    }

    /** A plan may outlive its launcher: it must not keep the connection. */
    private record Drop(
            WeakReference<Connection> connection,
            WeakReference<Templates> templates,
            long id,
            Map<Long, Cleaners.Cleaning> drops)
            implements Runnable {
        @Override
        public void run() {
            drops.remove(id);
            Templates made = templates.get();
            if (made != null) {
                made.forget(id);
            }
            drop(connection.get(), id);
        }
    }
}
