package dev.sandjar.internal.reuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Whatever is asked in whatever order: the templates that there are are few, one for a plan, and of use when they are used. */
class TemplatePolicyProps {
    private static final long IDLE = 20;

    private enum Act {
        START,
        SENT,
        READY,
        LOST,
        FAILED,
        CHANGE,
        WAIT,
        LOOK,
        FORGET,
        TRIM
    }

    private record Step(Act act, int number) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Act> acts = Arbitraries.of(
                Act.START,
                Act.START,
                Act.START,
                Act.START,
                Act.SENT,
                Act.SENT,
                Act.READY,
                Act.READY,
                Act.LOST,
                Act.FAILED,
                Act.CHANGE,
                Act.WAIT,
                Act.LOOK,
                Act.FORGET,
                Act.TRIM);
        return Combinators.combine(acts, Arbitraries.integers().between(0, 5))
                .as(Step::new)
                .list()
                .ofMinSize(20)
                .ofMaxSize(120);
    }

    /** What a launcher and its host would have. */
    private static final class World {
        private final int most;
        private final TemplatePolicy policy;
        private final Map<Long, Long> planOf = new HashMap<>();
        private final Set<Long> ready = new HashSet<>();
        private final Set<Long> changed = new HashSet<>();
        private final List<TemplatePolicy.Template> inUse = new ArrayList<>();
        private long now;
        private long ids;

        World(int most) {
            this.most = most;
            this.policy = new TemplatePolicy(most, IDLE);
        }

        void start(long plan) {
            TemplatePolicy.Template template = policy.take(plan, now);
            if (template != null) {
                long id = template.id();
                assertEquals(plan, planOf.get(id), "one that has ended, or another plan's");
                assertTrue(ready.contains(id), "one that is not ready");
                if (!template.basis().hasChanged()) {
                    assertFalse(changed.contains(id));
                    inUse.add(template);
                    return;
                }
                policy.giveBack(template);
                if (policy.drop(template)) {
                    end(id, false);
                }
            }
            if (policy.wants(plan)) {
                long id = ++ids;
                TemplatePolicy.Made made = policy.make(id, plan, () -> changed.contains(id), now);
                if (made == null) {
                    assertTrue(planOf.size() == most, "there is room");
                    return;
                }
                if (made.evicted() != 0) {
                    end(made.evicted(), true);
                }
                assertFalse(planOf.containsValue(plan), "a second one of the plan");
                planOf.put(id, plan);
            }
        }

        void end(long id, boolean unused) {
            assertTrue(planOf.containsKey(id), "it has ended before");
            if (unused) {
                assertTrue(inUse.stream().noneMatch(used -> used.id() == id), "it is in use");
            }
            planOf.remove(id);
            ready.remove(id);
        }

        private long one(int number) {
            return planOf.isEmpty() ? 0 : List.copyOf(planOf.keySet()).get(number % planOf.size());
        }

        void lose(long id) {
            if (planOf.containsKey(id)) {
                end(id, false);
                policy.ended(id, true);
            }
        }

        void step(Step step) {
            long one = one(step.number);
            switch (step.act) {
                case START -> start(step.number);
                case SENT -> {
                    if (!inUse.isEmpty()) {
                        policy.giveBack(inUse.remove(step.number % inUse.size()));
                    }
                }
                case READY -> {
                    policy.ready(one);
                    if (one != 0) {
                        ready.add(one);
                    }
                }
                case LOST -> {
                    if (ready.contains(one)) {
                        lose(one);
                    }
                }
                case FAILED -> {
                    if (step.number == 0 && !ready.contains(one)) {
                        lose(one);
                    }
                }
                case CHANGE -> changed.add(one);
                case WAIT -> now += step.number * 4L;
                case LOOK -> {
                    policy.takeIdle(now).forEach(id -> end(id, true));
                    long until = policy.untilIdle(now);
                    assertEquals(planOf.isEmpty(), until == -1);
                    assertTrue(until > 0 || !inUse.isEmpty() || until == -1, "an idle one is left");
                }
                case FORGET -> {
                    long ended = step.number < 2 ? policy.forget(step.number) : 0;
                    if (ended != 0) {
                        end(ended, false);
                    }
                }
                case TRIM -> {
                    if (step.number == 0) {
                        policy.takeAll().forEach(id -> end(id, false));
                        assertTrue(planOf.isEmpty(), "some are left");
                    }
                }
            }
            assertTrue(planOf.size() <= most, () -> planOf.size() + " at once");
        }
    }

    @Property(tries = 2000)
    void fewAndOfUse(@ForAll("steps") List<Step> steps, @ForAll @IntRange(min = 1, max = 4) int most) {
        World world = new World(most);
        steps.forEach(world::step);
        world.inUse.forEach(world.policy::giveBack);
        world.inUse.clear();
        world.now += IDLE;
        world.policy.takeIdle(world.now).forEach(id -> world.end(id, true));
        assertTrue(world.planOf.isEmpty(), "one that nobody uses is left");
    }
}
