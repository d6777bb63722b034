package dev.sandjar.internal.reuse;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decides which templates a launcher has: at most one for a plan, made with the second start, and ended when it was of no use for a
 * while, when others need its place, and when what it holds has changed. Times are those of {@link System#nanoTime}, given by the
 * caller. Not thread-safe.
 */
final class TemplatePolicy {
    private static final int MOST = 32;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int most;
    private final long idleNanos;
    private final Map<Long, Starts> plans = new HashMap<>();
    private final Map<Long, Template> templates = new HashMap<>();

    TemplatePolicy() {
        this(MOST, IDLE_NANOS);
    }

    /**
     * @param most how many there are at once
     * @param idleNanos how long one is kept that is of no use
     */
    TemplatePolicy(int most, long idleNanos) {
        this.most = most;
        this.idleNanos = idleNanos;
    }

    /** From the decision to make it until it is ended, or has ended. */
    static final class Template {
        private final long id;
        private final long plan;
        private final Basis basis;
        private boolean ready;
        /** Starts that are being left to it. */
        private int users;

        private long used;

        private Template(long id, long plan, Basis basis, long now) {
            this.id = id;
            this.plan = plan;
            this.basis = basis;
            this.used = now;
        }

        long id() {
            return id;
        }

        Basis basis() {
            return basis;
        }

        private long idle(long now) {
            return now - used;
        }
    }

    /** What is known of the starts of one plan. */
    private static final class Starts {
        private boolean any;
        private boolean hopeless;
        private @Nullable Template template;
    }

    /** @param evicted the template to be ended before this one is made; 0 for none */
    record Made(Template template, long evicted) {}

    /** The template for a start of this plan, for {@link #giveBack} once that is sent; null if none is ready. */
    @Nullable
    Template take(long plan, long now) {
        Starts starts = plans.get(plan);
        Template template = starts == null ? null : starts.template;
        if (template == null || !template.ready) {
            return null;
        }
        template.users++;
        template.used = now;
        return template;
    }

    void giveBack(Template template) {
        template.users--;
    }

    /** Whether a start that has no template is to be followed by one: not the first, which may be all that there will be. */
    boolean wants(long plan) {
        Starts starts = plans.computeIfAbsent(plan, p -> new Starts());
        if (starts.hopeless || starts.template != null) {
            return false;
        }
        boolean again = starts.any;
        starts.any = true;
        return again;
    }

    /** One that is to be made; null if another start has it made already, or all others are in use at this moment. */
    @Nullable
    Made make(long id, long plan, Basis basis, long now) {
        Starts starts = plans.get(plan);
        if (starts == null || starts.hopeless || starts.template != null) {
            return null;
        }
        Template evicted = null;
        if (templates.size() >= most) {
            evicted = longestUnused(now);
            if (evicted == null) {
                return null;
            }
            remove(evicted);
        }
        Template template = new Template(id, plan, basis, now);
        templates.put(id, template);
        starts.template = template;
        return new Made(template, evicted == null ? 0 : evicted.id);
    }

    private @Nullable Template longestUnused(long now) {
        Template longest = null;
        for (Template template : templates.values()) {
            if (template.users == 0 && (longest == null || template.idle(now) > longest.idle(now))) {
                longest = template;
            }
        }
        return longest;
    }

    void ready(long id) {
        Template template = templates.get(id);
        if (template != null) {
            template.ready = true;
        }
    }

    /**
     * One has ended that was not to.
     *
     * @param begun whether it was made at all: one that fails to be set up would fail again
     */
    void ended(long id, boolean begun) {
        Template template = templates.get(id);
        Starts starts = template == null ? null : plans.get(template.plan);
        if (template != null && starts != null) {
            remove(template);
            starts.hopeless = begun && !template.ready;
        }
    }

    /** Forgets one; false if that was done before, so that it needs no end. */
    boolean drop(Template template) {
        return templates.get(template.id) == template && remove(template);
    }

    private boolean remove(Template template) {
        templates.remove(template.id);
        Starts starts = plans.get(template.plan);
        if (starts != null) {
            starts.template = null;
        }
        return true;
    }

    /** Those that were of no use for long, to be ended. One of which nothing was heard is among them some time. */
    List<Long> takeIdle(long now) {
        List<Long> ids = new ArrayList<>();
        for (Template template : List.copyOf(templates.values())) {
            if (template.users == 0 && template.idle(now) >= idleNanos) {
                remove(template);
                Starts starts = plans.get(template.plan);
                if (starts != null) {
                    starts.any = false;
                }
                ids.add(template.id);
            }
        }
        return ids;
    }

    /** Nanoseconds until {@link #takeIdle} may find one, at least 0; -1 if there is none. */
    long untilIdle(long now) {
        long least = -1;
        for (Template template : templates.values()) {
            long left = Math.max(0, idleNanos - template.idle(now));
            least = least < 0 ? left : Math.min(least, left);
        }
        return least;
    }

    /** The plan is gone: the template to be ended, 0 for none. */
    long forget(long plan) {
        Starts starts = plans.remove(plan);
        Template template = starts == null ? null : starts.template;
        if (template == null) {
            return 0;
        }
        templates.remove(template.id);
        return template.id;
    }

    /** All, to be ended. Their plans get new ones with the next start. */
    List<Long> takeAll() {
        List<Long> ids = new ArrayList<>(templates.keySet());
        for (Template template : List.copyOf(templates.values())) {
            remove(template);
        }
        return ids;
    }
}
