package dev.sandjar.internal.cgroup.root;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.Place;
import dev.sandjar.testing.Await;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacedLayoutsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PlacedLayouts layouts = new PlacedLayouts();

    private static Layout layout() {
        return new Layout(
                List.of(new Hierarchy(1, Set.of(Controller.PIDS), Set.of("pids.max"))),
                false,
                List.of(new Place("/mount", "/some/where", List.of())));
    }

    /** An equal one that its maker drops at once. */
    private WeakReference<Layout> first() {
        Layout first = layout();
        assertSame(first, layouts.theOneEqualTo(first));
        return new WeakReference<>(first);
    }

    @Test
    void whatTheSecondGetsOutlivesTheFirst() {
        WeakReference<Layout> first = first();
        Layout mine = layout();
        Layout held = layouts.theOneEqualTo(mine);
        collect();
        assertTrue(layouts.contains(mine), "forgotten, although it is held");
        Layout known = first.get();
        assertTrue(known == null || known == held);
    }

    /** So that {@link #whatTheSecondGetsOutlivesTheFirst} could fail. */
    @Test
    void whatNobodyHasIsForgotten() {
        WeakReference<Layout> first = first();
        collect();
        assertSame(null, first.get());
        Layout again = layout();
        assertFalse(layouts.contains(again));
        assertSame(again, layouts.theOneEqualTo(again));
        assertNotSame(again, layout());
    }

    private static void collect() {
        WeakReference<Object> probe = new WeakReference<>(new Object());
        assertTrue(Await.within(PATIENCE, () -> {
            System.gc();
            return probe.get() == null;
        }));
    }
}
