package dev.sandjar.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What is said of names that are none. */
class ImageReferenceTest {
    private static void refuses(String text, String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> ImageReference.parse(text))
                .getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void anEmptyOne() {
        refuses("", "the image reference is empty");
    }

    @Test
    void ports() {
        refuses("localhost:0/a", "port 0 of image registry");
        refuses("localhost:65536/a", "is not from 1 to 65535");
        refuses("[::1]:70000/a", "port 70000");
        assertEquals(
                "localhost:65535/a:latest",
                ImageReference.parse("localhost:65535/a").toString());
        assertEquals("[::1]/a:latest", ImageReference.parse("[::1]/a").toString());
    }
}
