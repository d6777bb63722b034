package dev.sandjar.internal.intercept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths that servers may read in two ways. */
class PathsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/..",
                "/a/../b",
                "/a/./b",
                "/a/%2e%2e/b",
                "/a/.%2E/b",
                "/a/..;x=1/b",
                "/a/%2e%2e%3bx/b",
                "//a",
                "/a//b",
                "/a%2fb",
                "/a%5cb",
                "/a\\b",
                "/a%25b",
                "/a%00",
                "/a%0d",
                "/a%7F",
                "/a%",
                "/a%2",
                "/a%zz"
            })
    void haveTwo(String path) {
        assertTrue(Paths.hasTwoReadings(path), path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/a", "/a/", "/a/b.c", "/a/...", "/a/.b", "/a/b..", "/a%20b", "/a;b=1/c", "/a/%C3%A4", "*"})
    void haveOne(String path) {
        assertFalse(Paths.hasTwoReadings(path), path);
    }

    @Test
    void queriesAreNoPart() {
        assertEquals("/a", Paths.withoutQuery("/a?b=/../c?d"));
        assertEquals("/a", Paths.withoutQuery("/a"));
        assertEquals("", Paths.withoutQuery("?a"));
    }
}
