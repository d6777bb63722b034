package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuestPathTest {
    @ParameterizedTest
    @CsvSource({"/, /", "/a, /a", "/a/, /a", "/a/b.c/, /a/b.c", "/..., /...", "/.a/b..c, /.a/b..c", "/é ü, /é ü"})
    void keepsAllButATrailingSlash(String path, String expected) {
        assertEquals(expected, GuestPath.of("path", path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "a", "a/b", "./a", "../a", "~/a", "//", "//a", "/a//b", "/a//", "/.", "/..", "/a/..", "/a/../b",
                "/a/./b", "/../etc", "/a\0b", "/\ud800"
            })
    void refuses(String path) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> GuestPath.of("mount target", path));
        assertTrue(e.getMessage().startsWith("mount target \""), e.getMessage());
    }

    @Test
    void boundsBytesNotCharacters() {
        String component = "é".repeat(127) + "x";
        assertEquals("/" + component, GuestPath.of("path", "/" + component));
        refusedFor("/" + component + "x", "256 bytes");
        String longest = ("/" + "a".repeat(255)).repeat(15) + "/" + "b".repeat(254);
        assertEquals(4095, longest.length());
        assertEquals(longest, GuestPath.of("path", longest));
        refusedFor(longest + "b", "4096 bytes");
        refusedFor("/" + "n".repeat(5000), "5001 bytes");
    }

    @Test
    void theRootIsNoTarget() {
        assertEquals("/a", GuestPath.target("target", "/a"));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> GuestPath.target("target", "/"));
        assertTrue(e.getMessage().contains("rootfs(...)"), e.getMessage());
    }

    private static void refusedFor(String path, String word) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> GuestPath.of("path", path));
        assertTrue(e.getMessage().contains(word), e.getMessage());
        assertTrue(e.getMessage().length() < 300, e.getMessage());
    }
}
