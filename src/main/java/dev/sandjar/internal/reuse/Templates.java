package dev.sandjar.internal.reuse;

import dev.sandjar.internal.util.IoThreads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The templates of one launcher: what each start does with them, and when they end. The launcher does as it is told, and tells which is
 * ready and which has ended by itself. Thread-safe; nothing is sent under the lock.
 */
public final class Templates {
    /** Tells the launcher. */
    public interface Orders {
        /** Ends a template, which may have ended; if the launcher has, that is no failure. */
        void end(long template);
    }

    private final TemplatePolicy policy;
    private final LongSupplier ids;
    private final Orders orders;
    private final ReentrantLock lock = new ReentrantLock();
    /** When idle ones are looked for; null if there is nothing to look for. */
    private @Nullable Future<?> look;

    private boolean closed;

    /** @param ids numbers that the launcher has for nothing else */
    public Templates(LongSupplier ids, Orders orders) {
        this(new TemplatePolicy(), ids, orders);
    }

    Templates(TemplatePolicy policy, LongSupplier ids, Orders orders) {
        this.policy = policy;
        this.ids = ids;
        this.orders = orders;
    }

    /** What one start does with a template. To be closed when it is sent, or isn't going to be. */
    public static final class Use implements AutoCloseable {
        /** It does without. */
        public static final Use NONE = new Use(null, null, false);

        private final @Nullable Templates owner;
        private final TemplatePolicy.@Nullable Template template;
        private final boolean made;
        private boolean sent;

        private Use(@Nullable Templates owner, TemplatePolicy.@Nullable Template template, boolean made) {
            this.owner = owner;
            this.template = template;
            this.made = made;
        }

        /** The number of the template; 0 for none. */
        public long template() {
            return template == null ? 0 : template.id();
        }

        /** Whether the template is made after the start; else the start is left to it. */
        public boolean isMade() {
            return made;
        }

        /** The launcher gets the request. */
        public void sent() {
            sent = owner != null;
        }

        @Override
        public void close() {
            if (owner != null && template != null) {
                owner.giveBack(template, made, sent);
            }
        }
    }

    /**
     * Decides on a start of this plan.
     *
     * @param now what it is going to be made of, if a template is made with it
     */
    public Use use(long plan, Supplier<? extends Basis> now) {
        TemplatePolicy.Template template = take(plan);
        if (template != null) {
            Use use = new Use(this, template, false);
            if (!template.basis().hasChanged()) {
                return use;
            }
            use.close();
            drop(template);
        }
        return wants(plan) ? make(plan, now.get()) : Use.NONE;
    }

    private TemplatePolicy.@Nullable Template take(long plan) {
        lock.lock();
        try {
            return policy.take(plan, System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private boolean wants(long plan) {
        lock.lock();
        try {
            return !closed && policy.wants(plan);
        } finally {
            lock.unlock();
        }
    }

    private Use make(long plan, Basis basis) {
        TemplatePolicy.Made made;
        lock.lock();
        try {
            long now = System.nanoTime();
            made = closed ? null : policy.make(ids.getAsLong(), plan, basis, now);
            if (made != null && look == null) {
                lookIn(policy.untilIdle(now));
            }
        } finally {
            lock.unlock();
        }
        if (made == null) {
            return Use.NONE;
        }
        if (made.evicted() != 0) {
            orders.end(made.evicted());
        }
        return new Use(this, made.template(), true);
    }

    private void giveBack(TemplatePolicy.Template template, boolean made, boolean sent) {
        lock.lock();
        try {
            if (made && !sent) {
                policy.ended(template.id(), false);
            } else if (!made) {
                policy.giveBack(template);
            }
        } finally {
            lock.unlock();
        }
    }

    private void drop(TemplatePolicy.Template template) {
        boolean dropped;
        lock.lock();
        try {
            dropped = policy.drop(template);
        } finally {
            lock.unlock();
        }
        if (dropped) {
            orders.end(template.id());
        }
    }

    /** The launcher has made it. */
    public void ready(long template) {
        lock.lock();
        try {
            policy.ready(template);
        } finally {
            lock.unlock();
        }
    }

    /**
     * It has ended by itself, or was never made.
     *
     * @param begun whether there was a process
     */
    public void ended(long template, boolean begun) {
        lock.lock();
        try {
            policy.ended(template, begun);
        } finally {
            lock.unlock();
        }
    }

    /** The launcher has no use for the plan any more. */
    public void forget(long plan) {
        long template;
        lock.lock();
        try {
            template = policy.forget(plan);
        } finally {
            lock.unlock();
        }
        if (template != 0) {
            orders.end(template);
        }
    }

    /** Under the lock. */
    private void lookIn(long nanos) {
        look = IoThreads.later(Duration.ofNanos(nanos), this::endIdle);
    }

    private void endIdle() {
        List<Long> idle;
        lock.lock();
        try {
            long now = System.nanoTime();
            look = null;
            idle = policy.takeIdle(now);
            long left = policy.untilIdle(now);
            if (!closed && left >= 0) {
                lookIn(left);
            }
        } finally {
            lock.unlock();
        }
        idle.forEach(orders::end);
    }

    /** Ends all; later starts make new ones. */
    public void endAll() {
        takeAll(false).forEach(orders::end);
    }

    /** The launcher is gone, and they with it. */
    public void close() {
        List<Long> unused = takeAll(true);
    }

    private List<Long> takeAll(boolean close) {
        lock.lock();
        try {
            closed |= close;
            Future<?> next = look;
            if (next != null) {
                next.cancel(false);
                look = null;
            }
            return policy.takeAll();
        } finally {
            lock.unlock();
        }
    }
}
