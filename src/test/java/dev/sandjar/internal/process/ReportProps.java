package dev.sandjar.internal.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.ExitReport;
import dev.sandjar.Verdict;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.start.TestPlans;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Whatever the launcher says of an end, its user gets a report. */
class ReportProps {
    private static final Plan PLAN = TestPlans.plain();

    /** Bodies that look right at the beginning: small numbers, in little endian, with noise in between. */
    @Provide
    Arbitrary<byte[]> bodies() {
        Arbitrary<Byte> bytes = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.just((byte) 0)),
                Tuple.of(3, Arbitraries.bytes().between((byte) 0, (byte) 9)),
                Tuple.of(1, Arbitraries.bytes()));
        return bytes.array(byte[].class).ofMaxSize(160);
    }

    @Property(tries = 1000)
    void anyEndIsAReport(@ForAll("bodies") byte[] body) {
        try {
            Event event =
                    Event.read(new Frame(Frame.EXITED, 0, 1, body.length, 0), new WireReader(body, 0, body.length));
            assertTrue(report((Event.Exited) event, true).exitValue() >= -1);
        } catch (ProtocolException e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    private static ExitReport report(Event.Exited end, boolean destroyed) {
        return ExitReports.report(
                PLAN,
                new Event.Started(1, 1, 1, 0, List.of()),
                end,
                destroyed,
                new Supervision(null, null, null, null, null),
                Optional.empty());
    }

    @Example
    void whatTheHostHasEndedWithItsLauncherIsNotLost() {
        assertEquals(Verdict.DESTROYED, report(Event.Exited.asked(), false).verdict());
        assertEquals(Verdict.LOST, report(Event.Exited.lost(), false).verdict());
    }

    @Property
    void endsAreReportedAsTheyWereWritten(
            @ForAll @LongRange(max = (1L << 53) - 1, min = 0) long amount,
            @ForAll @LongRange(min = 0) long wall,
            @ForAll @IntRange(max = 255) int code,
            @ForAll("texts") String network,
            @ForAll @IntRange(max = 5) int why,
            @ForAll("listsOfTexts") List<String> texts) {
        WireWriter body = new WireWriter().u32(Event.Exited.BY_EXIT).u32(code).u64(wall);
        IntStream.range(0, 9).forEach(i -> body.u64(amount));
        byte[] bytes = body.str(network).u32(why).strv(texts).bytes();
        Event.Exited end = (Event.Exited)
                Event.read(new Frame(Frame.EXITED, 0, 1, bytes.length, 0), new WireReader(bytes, 0, bytes.length));
        ExitReport report = report(end, false);
        assertEquals(code, report.exitCode().orElseThrow());
        assertEquals(wall, report.usage().wallTime().toNanos());
        assertEquals(amount * 1024, report.usage().peakMemory().toBytes());
        assertEquals(amount / 1_000_000, report.usage().userTime().getSeconds());
        assertEquals(amount, report.usage().involuntarySwitches());
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings()
                .all()
                .ofMaxLength(20)
                .filter(s ->
                        s.indexOf(0) < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(s));
    }

    @Provide
    Arbitrary<List<String>> listsOfTexts() {
        return texts().list().ofMaxSize(4);
    }
}
