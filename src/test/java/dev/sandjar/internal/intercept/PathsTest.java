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
                "/a%zz",
                "/;/a",
                "/a/;",
                "/a/;b=1/c",
                "/a/%3b/c",
                "/a%3Bb/c",
                "/a%3f/b",
                "/a%23/b",
                "/%c0%ae%c0%ae/a",
                "/%e0%80%ae./a",
                "/a%c0%afb",
                "/a%ff",
                "/a%c3",
                "/%ed%a0%80",
                "/..%20/a",
                "/%20../a",
                "/.%20./a",
                "/..%e3%80%80/a",
                "/..%c2%a0/a",
                "/.%c2%ad./a",
                "/..%20;x/a",
                "/a/%20/b",
                "/%ef%bc%8e%ef%bc%8e/a",
                "/a%ef%bc%8fb"
            })
    void haveTwo(String path) {
        assertTrue(Paths.hasTwoReadings(path), path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a",
                "/a/",
                "/a/b.c",
                "/a/...",
                "/a/.b",
                "/a/b..",
                "/a%20b",
                "/a;b=1/c",
                "/a/%C3%A4",
                "/a/%F0%9F%98%80",
                "/a%20",
                "/a/b%20..",
                "*"
            })
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
