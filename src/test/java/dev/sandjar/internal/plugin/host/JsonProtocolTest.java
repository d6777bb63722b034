package dev.sandjar.internal.plugin.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.plugin.PluginException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program answers is read as it comes, and no more of it than the contract has a place for. */
@Timeout(60)
class JsonProtocolTest {
    interface Tool {
        int number();

        void nothing();

        List<String> texts();

        Map<String, Integer> map();

        Map<Double, Integer> pairs();

        Figure figure();

        List<Figure> figures();

        double real();

        float single();

        Map<Integer, String> numbers();

        Optional<Pair> pair();
    }

    sealed interface Figure permits Circle, Group {}

    record Circle(int radius) implements Figure {}

    record Group(List<Figure> inner) implements Figure {}

    record Pair(int a, @Nullable String b) {}

    private static final CodecLimits LIMITS = new CodecLimits(16 << 20, 64, 100_000);
    private static final Contract CONTRACT = Contract.of(Tool.class);

    private static @Nullable Object answer(String method, String line) throws Throwable {
        JsonProtocol protocol = new JsonProtocol(CONTRACT, LIMITS);
        Inbox inbox = new Inbox();
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        for (int done = 0; done < bytes.length; ) {
            Incoming early = protocol.next(inbox);
            assertEquals(null, early);
            int n = Math.min(bytes.length - done, inbox.bytes.length - inbox.end);
            System.arraycopy(bytes, done, inbox.bytes, inbox.end, n);
            inbox.end += n;
            done += n;
        }
        bytes = null;
        Incoming message = protocol.next(inbox);
        assertNotNull(message);
        assertEquals(1, message.id());
        return protocol.result(message, method(method));
    }

    private static ContractMethod method(String name) {
        return CONTRACT.methods().stream()
                .filter(method -> method.method().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static @Nullable Object result(String method, String json) throws Throwable {
        return answer(method, "{\"id\":1,\"result\":" + json + "}");
    }

    private static void refuses(String method, String json) {
        assertThrows(WireException.class, () -> result(method, json), json);
    }

    @Test
    void readsWhatTheContractHas() throws Throwable {
        assertEquals(-7, result("number", "-7"));
        assertEquals(null, result("nothing", "{\"any\":[1,{\"thing\":null}]}"));
        assertEquals(List.of("a", "\u20ac"), result("texts", "[\"a\",\"\\u20ac\"]"));
        assertEquals(null, result("texts", "null"));
        assertEquals(Map.of("a", 1, "b", 2), result("map", "{\"a\":1,\"b\":2}"));
        assertEquals(Map.of(1.5, 2), result("pairs", "[[1.5,2]]"));
        assertEquals(Double.NaN, result("real", "\"NaN\""));
        assertEquals(3.0, result("real", "3"));
        assertEquals(Optional.of(new Pair(1, null)), result("pair", "{\"a\":1}"));
        assertEquals(Optional.empty(), result("pair", "null"));
        assertEquals(Optional.empty(), answer("pair", "{\"id\":1}"));
    }

    /** Wherever in the object the type stands. */
    /** Each of these would be read, as something else than was written. */
    @Test
    void refusesNumbersThatAreNotTheirTypes() throws Throwable {
        for (String number : List.of("1e400", "-1e400", "1e999999999")) {
            refuses("real", number);
            refuses("single", number);
        }
        refuses("single", "1e39");
        assertEquals(1e39, result("real", "1e39"));
        assertEquals(1e38f, result("single", "1e38"));
        assertEquals(Double.POSITIVE_INFINITY, result("real", "\"Infinity\""));
        assertEquals(Float.NEGATIVE_INFINITY, result("single", "\"-Infinity\""));
        for (String name : List.of("+1", "01", "-0", "\u0661", " 1", "", "99999999999", "99999999999999999999")) {
            refuses("numbers", "{\"" + name + "\":\"a\"}");
        }
        assertEquals(Map.of(0, "a", -10, "b"), result("numbers", "{\"0\":\"a\",\"-10\":\"b\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":7,\"id\":1,\"result\":2}",
                "{\"id\":1,\"result\":2,\"id\":1}",
                "{\"id\":1.0,\"result\":2}",
                "{\"id\":1.9,\"result\":2}",
                "{\"id\":1e0,\"result\":2}",
                "{\"id\":1,\"error\":{\"message\":\"a\",\"message\":\"b\"}}",
                "{\"id\":1,\"error\":{\"type\":\"a\",\"type\":\"a\"}}"
            })
    void refusesAReplyWhoseFieldsAreNotOne(String line) {
        assertThrows(WireException.class, () -> answer("number", line), line);
    }

    @Test
    void readsOneOfSeveralRecords() throws Throwable {
        assertEquals(new Circle(2), result("figure", "{\"type\":\"Circle\",\"radius\":2}"));
        assertEquals(new Circle(2), result("figure", "{ \"radius\" : 2 , \"type\" : \"Circle\" }"));
        assertEquals(
                new Group(List.of(new Circle(1), new Group(List.of()))),
                result(
                        "figure",
                        "{\"inner\":[{\"radius\":1,\"type\":\"Circle\"},{\"inner\":[],\"type\":\"Group\"}],\"type\":\"Group\"}"));
        refuses("figure", "{\"radius\":2}");
        refuses("figure", "{\"radius\":2,\"type\":\"Square\"}");
        refuses("figure", "{\"radius\":2,\"type\":7}");
        refuses("figure", "{\"type\":\"Circle\",\"radius\":2,\"type\":\"Circle\"}");
    }

    @Test
    void readsErrors() throws Throwable {
        for (String line : List.of(
                "{\"id\":1,\"error\":{\"message\":\"odd\",\"trace\":\"there\",\"more\":[[]]}}",
                "{\"result\":null,\"error\":{\"trace\":\"there\",\"message\":\"odd\"},\"id\":1}",
                "{\"id\":1,\"error\":{\"message\":\"odd\",\"trace\":\"there\"},\"result\":null}")) {
            PluginException e = assertThrows(PluginException.class, () -> answer("number", line), line);
            assertEquals(Optional.of("there"), e.guestTrace());
            assertTrue(e.getMessage().contains("odd"), e.getMessage());
        }
        assertEquals(7, answer("number", "{\"error\":null,\"id\":1,\"result\":7}"));
    }

    private static String thrown(String error) {
        String line = "{\"id\":1,\"error\":" + error + "}";
        PluginException e = assertThrows(PluginException.class, () -> answer("number", line), line);
        assertEquals(PluginException.Reason.THROWN, e.reason());
        return e.getMessage();
    }

    @Test
    void anErrorMayBeItsMessage() {
        assertEquals("the plugin has thrown an error: no \\x1bgood", thrown("\"no \\u001bgood\""));
        assertEquals("the plugin has thrown an error", thrown("{}"));
        assertEquals("the plugin has thrown X", thrown("{\"type\":\"X\",\"message\":null,\"code\":3}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"m\"]",
                "7",
                "true",
                "{\"message\":7}",
                "{\"message\":{\"text\":\"m\"}}",
                "{\"message\":\"m\",\"type\":[\"X\"]}",
                "{\"message\":\"m\",\"trace\":[\"at line 1\"]}",
            })
    void anErrorOfAnotherShapeIsRefused(String error) {
        String line = "{\"id\":1,\"error\":" + error + "}";
        WireException e = assertThrows(WireException.class, () -> answer("number", line), line);
        assertTrue(e.getMessage().contains("an error"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":1,\"result\":7,\"result\":7}",
                "{\"id\":1,\"error\":{},\"error\":{}}",
                "{\"id\":1,\"result\":7} 8",
                "{\"id\":1,\"result\":null}",
                "{\"id\":1,\"result\":99999999999999999999}",
                "{\"id\":1,\"result\":2147483648}",
                "{\"id\":1,\"result\":[7]}",
                "{\"id\":1}",
            })
    void refusesWhatTheContractHasNot(String line) {
        assertThrows(WireException.class, () -> answer("number", line), line);
    }

    @Test
    void refusesWhatIsTwice() {
        refuses("map", "{\"a\":1,\"a\":2}");
        refuses("pair", "{\"a\":1,\"a\":1}");
        refuses("pair", "{\"a\":1,\"c\":1}");
        refuses("pairs", "[[1.5,2],[1.5,3]]");
        refuses("pairs", "[[1.5]]");
        refuses("pairs", "[[1.5,2,3]]");
        refuses("pairs", "[7]");
    }

    private static String filled(String before, String piece, String after) {
        int room = (16 << 20) - 64 - before.length() - after.length();
        return before + piece.repeat(room / piece.length()) + after;
    }

    /** Messages of 16 MiB that would be hundreds as a tree. */
    private enum Bomb {
        OBJECTS("number", filled("{\"id\":1,\"result\":[", "{},", "{}]}")),
        LISTS("nothing", filled("{\"id\":1,\"result\":[", "[],", "[]]}")),
        ELSEWHERE("number", filled("{\"id\":1,\"else\":[", "{},", "{}],\"result\":7}")),
        ELEMENTS("texts", filled("{\"id\":1,\"result\":[", "\"\",", "\"\"]}")),
        FIGURES("figures", filled("{\"id\":1,\"result\":[", "{\"type\":\"Circle\"},", "7]}")),
        UNTYPED("figure", filled("{\"id\":1,\"result\":{\"inner\":[", "{},", "{}]}}")),
        ERROR("number", filled("{\"id\":1,\"error\":{\"more\":[", "[],", "[]]}}"));

        private final String method;
        private final String line;

        Bomb(String method, String line) {
            this.method = method;
            this.line = line;
        }
    }

    /** In a virtual machine that has room for the text of a message, and not for it as a tree. */
    public static final class SmallHost {
        private SmallHost() {}

        public static void main(String[] arguments) throws Throwable {
            Bomb bomb = Bomb.valueOf(arguments[0]);
            try {
                System.out.println("result " + answer(bomb.method, bomb.line));
            } catch (WireException | PluginException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"OBJECTS", "LISTS", "ELSEWHERE", "ELEMENTS", "FIGURES", "UNTYPED", "ERROR"})
    void takesNoMoreMemoryThanTheText(String bomb) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx200m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallHost.class.getName(),
                        bomb)
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), said);
            String expected =
                    switch (Bomb.valueOf(bomb)) {
                        case OBJECTS -> "refused: array can't be of type int";
                        case LISTS -> "result null";
                        case ELSEWHERE -> "result 7";
                        case ELEMENTS -> "refused: the collections have more than 100000 elements";
                        case FIGURES -> "refused: ";
                        case UNTYPED -> "refused: ";
                        case ERROR -> "refused: the plugin has thrown an error";
                    };
            assertTrue(said.contains(expected), said);
        } finally {
            process.destroyForcibly();
        }
    }
}
