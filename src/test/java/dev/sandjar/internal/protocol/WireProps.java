package dev.sandjar.internal.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.launcher.FakeLauncher;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
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
    @Provide
    Arbitrary<Integer> types() {
        return Arbitraries.integers().between(Frame.HELLO_OK - 1, Frame.TEMPLATE_ENDED + 1);
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
            Event unused = Event.read(new Frame(type, 0, 1, body.length, 0), new WireReader(body, 0, body.length));
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
        assertEquals(code, end.status());
        assertEquals(wall, end.wallNanos());
        assertEquals(amount, end.usage().involuntarySwitches());
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
}
