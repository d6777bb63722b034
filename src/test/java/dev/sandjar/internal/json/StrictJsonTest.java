package dev.sandjar.internal.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Texts that are JSON, and what is wrong with them where. */
class StrictJsonTest {
    private static final int BYTES = 4 << 20;
    private static final int STRING = 1 << 20;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String refusal(String text) {
        return assertThrows(JsonRefusal.class, () -> StrictJson.read(bytes(text), BYTES, STRING))
                .place();
    }

    @Test
    void refusalsNameThePlace() {
        assertEquals("/a/1/b~1c", refusal("{\"a\":[0,{\"b/c\":\"x\\u0000\"}]}"));
        assertEquals("/a/0/d", refusal("{\"a\":[{\"d\":1,\"d\":2}]}"));
        assertEquals("", refusal("[]"));
    }

    @Test
    void numbersThatNobodyCanHold() {
        for (String number : new String[] {"1e99999999999", "-1.5E-99999999999"}) {
            assertEquals("/a/0", refusal("{\"a\":[" + number + "]}"), number);
        }
        assertEquals(
                1e300,
                StrictJson.read(bytes("{\"a\":1e300}"), BYTES, STRING).get("a").doubleValue());
    }

    /** What is written once must not be copied for each value below it. */
    @Test
    void aLongNameOverManyValues() {
        String text = "{\"" + "a".repeat(1 << 20) + "\":[1" + ",1".repeat(900_000) + "]}";
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertEquals(
                        1, StrictJson.read(bytes(text), BYTES, STRING).size()));
        String nested = "{\"" + "a".repeat(1 << 20) + "\":[{}" + ",{\"b\":1}".repeat(150_000) + "]}";
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertEquals(
                        1, StrictJson.read(bytes(nested), BYTES, STRING).size()));
    }
}
