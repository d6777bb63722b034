package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Asserts that something wrong is refused with a message that helps. */
public final class Refusals {
    private Refusals() {}

    public static void refuses(Executable call, String... words) {
        contains(assertThrows(IllegalArgumentException.class, call), words);
    }

    public static void refusesState(Executable call, String... words) {
        contains(assertThrows(IllegalStateException.class, call), words);
    }

    private static void contains(RuntimeException e, String... words) {
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), () -> "\"" + word + "\" not in: " + e.getMessage());
        }
    }
}
