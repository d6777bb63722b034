package dev.sandjar.internal.reuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TemplatesTest {
    private static final long LONG = Duration.ofHours(1).toNanos();

    private final AtomicLong ids = new AtomicLong(100);
    private final LinkedBlockingQueue<Long> ended = new LinkedBlockingQueue<>();
    private final AtomicBoolean changed = new AtomicBoolean();

    private Templates templates(int most, long idleNanos) {
        return new Templates(new TemplatePolicy(most, idleNanos), ids::incrementAndGet, ended::add);
    }

    private Templates.Use use(Templates templates, long plan) {
        return templates.use(plan, () -> changed::get);
    }

    /** One start that is sent. */
    private long start(Templates templates, long plan) {
        try (Templates.Use use = use(templates, plan)) {
            use.sent();
            return use.template();
        }
    }

    private long made(Templates templates, long plan) {
        assertEquals(0, start(templates, plan));
        try (Templates.Use use = use(templates, plan)) {
            assertTrue(use.isMade());
            use.sent();
            templates.ready(use.template());
            return use.template();
        }
    }

    @Test
    void startsAreLeftToTheOneOfTheirPlan() {
        Templates templates = templates(2, LONG);
        long first = made(templates, 1);
        long second = made(templates, 2);
        assertEquals(first, start(templates, 1));
        assertEquals(second, start(templates, 2));
        assertFalse(use(templates, 1).isMade());
        assertEquals(0, Templates.Use.NONE.template());
        assertTrue(ended.isEmpty());
        templates.close();
    }

    @Test
    void whatHasChangedIsEndedBeforeTheStart() {
        Templates templates = templates(2, LONG);
        long first = made(templates, 1);
        changed.set(true);
        try (Templates.Use use = use(templates, 1)) {
            assertEquals(List.of(first), List.copyOf(ended));
            assertTrue(use.isMade());
            assertTrue(use.template() != first);
        }
        templates.close();
    }

    @Test
    void theEvictedIsEndedBeforeTheStart() {
        Templates templates = templates(1, LONG);
        long first = made(templates, 1);
        made(templates, 2);
        assertEquals(List.of(first), List.copyOf(ended));
        templates.close();
    }

    @Test
    void aRequestThatIsNotSentHasMadeNone() {
        Templates templates = templates(1, LONG);
        start(templates, 1);
        use(templates, 1).close();
        try (Templates.Use again = use(templates, 1)) {
            assertTrue(again.isMade());
            again.sent();
        }
        assertTrue(ended.isEmpty(), "it was never there");
        templates.close();
    }

    @Test
    @Timeout(30)
    void oneThatIsIdleIsEndedWithoutAStart() throws Exception {
        Templates templates = templates(2, TimeUnit.MILLISECONDS.toNanos(50));
        long first = made(templates, 1);
        assertEquals(first, ended.poll(20, TimeUnit.SECONDS));
        long second = made(templates, 1);
        assertEquals(second, ended.poll(20, TimeUnit.SECONDS));
        templates.close();
    }

    @Test
    @Timeout(30)
    void afterTheLauncherNothingIsKeptOrSaid() throws Exception {
        Templates templates = templates(2, TimeUnit.MILLISECONDS.toNanos(50));
        made(templates, 1);
        templates.close();
        start(templates, 2);
        assertEquals(0, start(templates, 2));
        assertEquals(0, start(templates, 1));
        // The control, which is looked after later, is ended meanwhile.
        Templates other = templates(2, TimeUnit.MILLISECONDS.toNanos(100));
        long control = made(other, 1);
        assertEquals(control, ended.poll(20, TimeUnit.SECONDS));
        assertNull(ended.poll());
        other.close();
    }

    @Test
    void allCanBeEnded() {
        Templates templates = templates(2, LONG);
        long first = made(templates, 1);
        templates.endAll();
        assertEquals(List.of(first), List.copyOf(ended));
        try (Templates.Use use = use(templates, 1)) {
            assertTrue(use.isMade());
        }
        templates.forget(1);
        templates.close();
    }

    @Test
    @Timeout(60)
    void threadsThatStartAtOnceMakeOne() throws Exception {
        Templates templates = templates(2, LONG);
        int threads = 8;
        CyclicBarrier together = new CyclicBarrier(threads);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (long plan = 1; plan <= 50; plan++) {
                assertEquals(0, start(templates, plan));
                long of = plan;
                AtomicLong made = new AtomicLong();
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    all.add(executor.submit(() -> {
                        together.await(20, TimeUnit.SECONDS);
                        try (Templates.Use use = use(templates, of)) {
                            use.sent();
                            if (use.isMade()) {
                                made.incrementAndGet();
                                templates.ready(use.template());
                            }
                        }
                        return null;
                    }));
                }
                for (Future<?> each : all) {
                    each.get(30, TimeUnit.SECONDS);
                }
                assertEquals(1, made.get());
            }
        } finally {
            executor.shutdownNow();
        }
        assertEquals(48, ended.size());
        templates.close();
    }
}
