package dev.sandjar.internal.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Verdict;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.stdio.HostStreams;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process of whose end no report can be made. */
@Timeout(30)
class LostReportTest {
    @Test
    @SuppressWarnings("NullAway") // without a plan there is nothing that a report could be made of
    void whoWaitsForItGetsOneThatIsLost() throws Exception {
        Constructor<Run> constructor = Run.class.getDeclaredConstructor(long.class, IntConsumer.class);
        constructor.setAccessible(true);
        Run run = constructor.newInstance(1L, null);
        HostStreams streams = new HostStreams(
                OutputStream.nullOutputStream(),
                InputStream.nullInputStream(),
                InputStream.nullInputStream(),
                Map.of(),
                Map.of(),
                null,
                null,
                null);
        LaunchedProcess process = new LaunchedProcess(
                null,
                null,
                Command.of("/bin/true"),
                run,
                new Event.Started(77, 76, 1, 5, List.of()),
                streams,
                new Supervision(null, null, null, null, null),
                null,
                null);
        run.end.complete(Event.Exited.lost());
        ExitReport report = process.onReport().get(10, TimeUnit.SECONDS);
        assertEquals(Verdict.LOST, report.verdict());
        assertEquals(report, process.waitForReport());
        assertFalse(report.isSuccess());
        assertEquals(List.of(), report.applied().entries());
        assertFalse(process.isAlive());
    }
}
