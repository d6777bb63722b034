package dev.sandjar.internal.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.plan.IdMapPlan;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.protocol.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** What goes over the socket: any bytes are answered by a value or by one kind of exception, and nothing is lost on the way. */
class WireProps {
    private static final Plan PLAN = TestPlans.plain();

    @Provide
    Arbitrary<Integer> types() {
        return Arbitraries.integers().between(Frame.HELLO_OK - 1, Frame.PONG + 1);
    }

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
    void anyBodyIsAnEventOrAProtocolException(@ForAll("types") int type, @ForAll("bodies") byte[] body) {
        assertEventOrProtocolException(type, body);
    }

    @Tag("slow")
    @Property(tries = 10_000)
    void anyOfManyBodiesIsAnEventOrAProtocolException(@ForAll("types") int type, @ForAll("bodies") byte[] body) {
        assertEventOrProtocolException(type, body);
    }

    private static void assertEventOrProtocolException(int type, byte[] body) {
        try {
            Event event = Event.read(new Frame(type, 0, 1, body.length, 0), new WireReader(body, 0, body.length));
            if (event instanceof Event.Exited end) {
                ExitReport report = Endings.report(
                        PLAN,
                        new Event.Started(1, 1, 1, 0, List.of()),
                        end,
                        true,
                        new Supervision(null, null, null),
                        Optional.empty());
                assertTrue(report.exitValue() >= -1);
            }
        } catch (ProtocolException e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    @Property
    void anyHeaderIsAFrameOrAProtocolException(@ForAll @Size(max = 40) byte[] bytes) {
        try {
            Frame.read(new WireReader(bytes, 0, bytes.length));
            assertTrue(bytes.length >= Frame.SIZE);
        } catch (ProtocolException e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    @Property
    void endsAreReadAsTheyWereWritten(
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
        assertEquals(network, end.network());
        assertEquals(why, end.why());
        assertEquals(texts, end.texts());
        ExitReport report = Endings.report(
                PLAN,
                new Event.Started(1, 1, 1, 0, List.of()),
                end,
                false,
                new Supervision(null, null, null),
                Optional.empty());
        assertEquals(code, report.exitCode().orElseThrow());
        assertEquals(wall, report.usage().wallTime().toNanos());
        assertEquals(amount * 1024, report.usage().peakMemory().toBytes());
        assertEquals(amount / 1_000_000, report.usage().userTime().getSeconds());
        assertEquals(amount, report.usage().involuntarySwitches());
    }

    @Property
    void everyCutOfAnEventIsRefused(@ForAll @IntRange(max = 99) int cut) {
        byte[] bytes = FakeLauncher.exited(Event.Exited.BY_EXIT, 0);
        int length = cut * (bytes.length - 1) / 99;
        assertThrows(
                ProtocolException.class,
                () -> Event.read(new Frame(Frame.EXITED, 0, 1, length, 0), new WireReader(bytes, 0, length)));
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

    @Provide
    Arbitrary<Command> commands() {
        Arbitrary<String> words = texts();
        Arbitrary<String> names = words.filter(s -> !s.isEmpty() && s.indexOf('=') < 0);
        Arbitrary<String> programs = words.filter(s -> !s.isEmpty());
        return Combinators.combine(
                        programs,
                        words.list().ofMaxSize(6),
                        Arbitraries.maps(names, words).ofMaxSize(5))
                .as((program, arguments, environment) -> {
                    String[] list = arguments.toArray(new String[0]);
                    return Command.of(program, list).env(environment);
                });
    }

    @Provide
    Arbitrary<IdMapPlan> idMaps() {
        Arbitrary<List<String>> words = texts().list().ofMaxSize(4);
        return Combinators.combine(Arbitraries.integers().between(0, 3), texts(), texts(), words, words)
                .as((mode, uids, gids, uidCommand, gidCommand) ->
                        new IdMapPlan(mode, uids, gids, uidCommand, gidCommand, 0));
    }

    @Property
    void startsAreReadAsTheyWereWritten(
            @ForAll("commands") Command command,
            @ForAll("idMaps") IdMapPlan ids,
            @ForAll long planId,
            @ForAll @Size(max = 5) List<@IntRange(max = 66) Integer> targets)
            throws SandboxException {
        StartRequest request = new StartRequest(PLAN, command);
        StartBody read = StartBody.read(request.start(planId, ids, targets));
        assertEquals(planId, read.planId());
        assertEquals(0, read.flags());
        assertEquals(ids, read.ids());
        assertEquals(request.paths(), read.paths());
        assertEquals(command.argv(), read.argv());
        assertEquals(
                command.environment().entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList(),
                read.environment());
        assertEquals("", read.directory());
        assertEquals(targets, read.targets());
    }

    @Property(tries = 100)
    void terminalsAndFurtherProgramsHaveTheirFields(
            @ForAll @IntRange(min = 1, max = 65535) int rows,
            @ForAll @IntRange(min = 1, max = 65535) int columns,
            @ForAll long sandbox)
            throws SandboxException {
        byte[] body = new StartRequest(PLAN, Command.of("sh").pty(rows, columns)).further(sandbox, List.of());
        assertEquals(sandbox, new WireReader(body, 0, 8).i64());
        StartBody read = StartBody.read(Arrays.copyOfRange(body, 8, body.length));
        assertEquals(StartBody.PTY, read.flags());
        assertEquals(rows, read.rows());
        assertEquals(columns, read.columns());
        assertEquals(Map.of(), Map.copyOf(PLAN.environment()));
    }
}
