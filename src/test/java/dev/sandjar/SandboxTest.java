package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is refused before anything is started. */
class SandboxTest {
    private static final Sandbox SANDBOX = Sandbox.builder().build();

    @Test
    void misuseMeetsTheCallThatIsWrong() {
        refuses(() -> SANDBOX.start(), "empty");
        refuses(() -> SANDBOX.start(List.of()), "empty");
        refuses(() -> SANDBOX.start("a\0b"), "NUL");
        refuses(() -> SANDBOX.start(Command.of("cat").input("x")), "run()", "getOutputStream()");
        refuses(() -> SANDBOX.run(Command.of("cat").pty(1, 1)), "start()");
        refuses(() -> SANDBOX.run(Command.of("cat"), DataSize.gibibytes(2)), "capture limit", "1073741824");
        assertThrows(NullPointerException.class, () -> SANDBOX.start("a", null));
    }

    @Test
    void theVersionIsKnown() {
        assertFalse(Sandjar.version().isBlank());
    }

    @Test
    void textNamesTheRootOnly() {
        String text = Sandbox.untrusted().env("SECRET", "s3cret").build().toString();
        assertTrue(text.contains("read-only view of the host"), text);
        assertFalse(text.contains("s3cret"), text);
        assertEquals(text, Sandbox.untrusted().build().toString());
    }
}
