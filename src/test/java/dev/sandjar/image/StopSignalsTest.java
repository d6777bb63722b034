package dev.sandjar.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StopSignalsTest {
    @ParameterizedTest
    @CsvSource({
        "'', 15",
        "SIGTERM, 15",
        "TERM, 15",
        "SIGINT, 2",
        "QUIT, 3",
        "9, 9",
        "64, 64",
        "SIGRTMIN, 34",
        "SIGRTMIN+3, 37",
        "RTMAX-14, 50",
        "SIGRTMAX, 64",
        "SIGRTMAX-30, 34"
    })
    void namesAndNumbersAreRead(String text, int number) {
        assertEquals(number, StopSignals.number(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "65",
                "SIG",
                "sigterm",
                "SIGFOO",
                "SIGRTMIN+31",
                "SIGRTMAX-31",
                "RTMIN-1",
                "-1",
                "15 ",
                "SIG15x"
            })
    void whatDoesNotExistIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> StopSignals.number(text))
                .getMessage();
        assertTrue(message.contains(text) && message.contains("unknown stop signal"), message);
    }
}
