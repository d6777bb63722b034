package dev.sandjar.internal.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sandjar.internal.cgroup.Events.Kind;
import dev.sandjar.internal.cgroup.Events.Notice;
import dev.sandjar.internal.cgroup.Events.Occurrence;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final String QUIET = "low 0\nhigh 2\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n";

    @Test
    void onlyWhatHasGrownHasHappened() {
        String after = "low 0\nhigh 5\nmax 1\noom 1\noom_kill 3\noom_group_kill 1\n";
        assertEquals(
                List.of(
                        new Occurrence(Kind.MEMORY_HIGH, 3),
                        new Occurrence(Kind.MEMORY_MAX, 1),
                        new Occurrence(Kind.OOM, 1),
                        new Occurrence(Kind.OOM_KILL, 3)),
                Events.between("memory.events", QUIET, after));
        assertEquals(List.of(), Events.between("memory.events", QUIET, QUIET));
        assertEquals(List.of(), Events.between("memory.events", after, QUIET));
    }

    @Test
    void theFirstReadingCountsFromNothingAndAGoneGroupTellsNothing() {
        assertEquals(List.of(new Occurrence(Kind.MEMORY_HIGH, 2)), Events.between("memory.events", null, QUIET));
        assertEquals(List.of(), Events.between("memory.events", QUIET, null));
    }

    @Test
    void v1HasFilesOfItsOwn() {
        assertEquals(
                List.of(new Occurrence(Kind.OOM_KILL, 1)),
                Events.between("memory.oom_control", "under_oom 0\noom_kill 0\n", "under_oom 0\noom_kill 1\n"));
        assertEquals(List.of(new Occurrence(Kind.MEMORY_MAX, 4)), Events.between("memory.failcnt", "1\n", "5\n"));
        assertEquals(List.of(new Occurrence(Kind.PIDS_MAX, 1)), Events.between("pids.events", "max 0\n", "max 1\n"));
    }

    @Test
    void watchesAreOfFilesThatAreThere() {
        assertEquals(
                List.of("memory.events", "pids.events"),
                Events.watches(Trees.layout("v2-dev-scope")).stream()
                        .map(Events.Watch::file)
                        .toList());
        assertEquals(
                List.of(Notice.EVENTFD, Notice.NONE, Notice.NONE, Notice.MODIFIED),
                Events.watches(Trees.layout("v1-hybrid")).stream()
                        .map(Events.Watch::notice)
                        .toList());
    }

    @Test
    void pressureIsOfV2AndAskedForInMicroseconds() {
        assertEquals(
                new Events.Watch(0, "memory.pressure", Notice.MODIFIED),
                Events.pressure(Trees.layout("v2-dev-scope"), Controller.MEMORY));
        assertNull(Events.pressure(Trees.layout("v1-hybrid"), Controller.MEMORY));
        assertEquals("some 150000 1000000", Events.trigger(false, Duration.ofMillis(150), Duration.ofSeconds(1)));
        assertEquals("full 1 2000000", Events.trigger(true, Duration.ofNanos(1999), Duration.ofSeconds(2)));
    }
}
