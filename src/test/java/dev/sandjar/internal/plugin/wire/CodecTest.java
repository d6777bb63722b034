package dev.sandjar.internal.plugin.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a contract may be, and what becomes of its values. */
class CodecTest {
    private static final CodecLimits LIMITS = new CodecLimits(1 << 16, 8, 1000);

    interface Good {
        Map<String, List<Optional<Long>>> map(Map<String, List<Optional<Long>>> value);

        List<Object1> objects(List<Object1> value);

        Set<Object1> set(Set<Object1> value);

        Set<String> strings(Set<String> value);

        List<List<List<List<List<List<List<List<List<Integer>>>>>>>>> deep(
                List<List<List<List<List<List<List<List<List<Integer>>>>>>>>> value);
    }

    record Object1(int x) {}

    interface Bad {
        URL url();

        void object(Object value);

        List<?> wildcard();

        @SuppressWarnings("rawtypes")
        void raw(List list);

        <X> X generic();

        void array(int[] array);

        InputStream result();

        void nested(List<InputStream> streams);

        void consumer(Consumer<String> consumer);

        void callback(BadCallback callback);

        void fails() throws Unmakeable, OutOfMemoryError;

        Mixed mixed();
    }

    interface BadCallback {
        void give(InputStream in);
    }

    sealed interface Mixed permits Final {}

    static final class Final implements Mixed {}

    static class Unmakeable extends Exception {
        private static final long serialVersionUID = 1L;

        Unmakeable(int code) {}
    }

    interface Arrays {
        int[][] grid(String[] words, List<long[]> rows);

        List<String>[] lists();
    }

    @Test
    void arraysAreNamedAsInJava() {
        String message = assertThrows(IllegalArgumentException.class, () -> Contract.of(Arrays.class))
                .getMessage();
        for (String name : List.of(
                "type int[][] is not in the set",
                "type java.lang.String[] is not in the set",
                "type long[] is not in the set",
                "type java.util.List<java.lang.String>[] is not in the set")) {
            assertTrue(message.contains(name), () -> name + " is not in " + message);
        }
        assertFalse(message.contains("[I") || message.contains("[Ljava") || message.contains("[J"), message);
    }

    @Test
    void everythingThatIsWrongIsNamed() {
        String message = assertThrows(IllegalArgumentException.class, () -> Contract.of(Bad.class))
                .getMessage();
        for (String named : List.of(
                "url, result: type java.net.URL",
                "object, parameter 1: type java.lang.Object",
                "wildcard, result: type ? is a type variable or a wildcard",
                "raw, parameter 1: type java.util.List needs its type arguments",
                "generic: it has type parameters",
                "array, parameter 1: type int[]",
                "result, result: type java.io.InputStream can only be a parameter",
                "nested, parameter 1: type java.io.InputStream",
                "java.util.function.Consumer",
                "BadCallback.give, parameter 1: type java.io.InputStream",
                "Unmakeable can't be rebuilt",
                "OutOfMemoryError is not an Exception",
                "CodecTest$Final, permitted by")) {
            assertTrue(message.contains(named), () -> named + " in\n" + message);
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {String.class, Object1.class, List.class, Mixed.class, Override.class})
    void whatIsNoContractAtAll(Class<?> type) {
        assertThrows(IllegalArgumentException.class, () -> Contract.of(type));
    }

    private static Object back(String method, Object value) {
        return read(method, write(method, value));
    }

    private static ContractMethod method(String name) {
        return Contract.of(Good.class).methods().stream()
                .filter(m -> m.method().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] write(String method, Object value) {
        Encoder out = new Encoder(LIMITS);
        method(method).writeResult(out, value);
        ByteBuffer body = ByteBuffer.allocate(out.size());
        out.copyBody(body);
        return body.array();
    }

    private static Object read(String method, byte[] bytes) {
        return method(method).readResult(new Decoder(ByteBuffer.wrap(bytes), LIMITS));
    }

    @Test
    void roundTrips() {
        Map<String, List<Optional<Long>>> map = Map.of("a", List.of(Optional.of(1L), Optional.empty()), "b", List.of());
        assertEquals(map, back("map", map));
        assertEquals(null, back("map", null));
        Set<String> many = new LinkedHashSet<>(
                IntStream.range(0, 999).mapToObj(Integer::toString).toList());
        assertEquals(many, back("strings", many));
    }

    @Test
    void limits() {
        assertRefused("more than 1000", () -> write("objects", Collections.nCopies(1001, null)));
        assertRefused("larger than 65536", () -> write("strings", Set.of("x".repeat(70_000))));
        assertRefused("larger than 65536", () -> write("strings", Set.of("\u20ac".repeat(40_000))));
        Object deep = 1;
        for (int i = 0; i < 9; i++) {
            deep = List.of(deep);
        }
        Object nested = deep;
        assertRefused("deeper than 8", () -> write("deep", nested));
        List<Object> cyclic = new ArrayList<>();
        cyclic.add(cyclic);
        assertRefused("deeper than 8", () -> write("deep", cyclic));
        assertRefused("is not of the type", () -> write("strings", Set.of(1)));
    }

    /** Records whose hash codes somebody else has chosen. */
    @Test
    void keysWithoutOrderAreFew() {
        Set<Object1> many = new LinkedHashSet<>(
                IntStream.range(0, 257).mapToObj(Object1::new).toList());
        byte[] bytes = write("set", many);
        assertRefused("257 keys", () -> read("set", bytes));
        many.remove(new Object1(0));
        assertEquals(many, back("set", many));
    }

    @Test
    void whatIsThereTwice() {
        byte[] bytes = write("strings", new LinkedHashSet<>(List.of("a", "b")));
        bytes[bytes.length - 1] = 'a';
        assertRefused("twice", () -> read("strings", bytes));
        byte[] map = write("map", new java.util.TreeMap<>(Map.of("a", List.of(), "b", List.of())));
        for (int i = 0; i < map.length; i++) {
            map[i] = map[i] == 'b' ? (byte) 'a' : map[i];
        }
        assertRefused("twice", () -> read("map", map));
    }

    private static void assertRefused(String text, org.junit.jupiter.api.function.Executable action) {
        WireException e = assertThrows(WireException.class, action);
        assertTrue(e.getMessage().contains(text), e.getMessage());
    }

    @Test
    void theFingerprintTellsContractsApart() {
        long good = Contract.of(Good.class).fingerprint();
        assertEquals(good, Contract.of(Good.class).fingerprint());
        assertTrue(good != Contract.of(Runnable.class).fingerprint());
    }
}
