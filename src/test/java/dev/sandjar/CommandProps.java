package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class CommandProps {
    /** Anything a String can hold, with what is special overrepresented. */
    @Provide
    Arbitrary<String> anyText() {
        return Arbitraries.strings()
                .all()
                .withChars('\0', '=', '/', '\ud800', '\udc00', '\u00e9', '\n')
                .ofMaxLength(12);
    }

    private static boolean isKernelText(String text) {
        try {
            StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            return text.indexOf('\0') < 0;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static boolean accepts(Runnable call) {
        try {
            call.run();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Property
    boolean argumentsAreKeptOrRefused(@ForAll("anyText") String argument) {
        boolean kept = accepts(
                () -> assertEquals(argument, Command.of("p", argument).argv().get(1)));
        return kept == isKernelText(argument);
    }

    @Property
    boolean variablesAreKeptOrRefused(@ForAll("anyText") String name, @ForAll("anyText") String value) {
        boolean wellFormed = !name.isEmpty() && name.indexOf('=') < 0 && isKernelText(name) && isKernelText(value);
        boolean kept = accepts(() -> assertEquals(
                value, Command.of("p").env(name, value).environment().get(name)));
        return kept == wellFormed;
    }
}
