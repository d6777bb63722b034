package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Times and sizes in pages are those that the code has. */
class FiguresTest {
    private static final Path GUIDES = Path.of("docs/guides");
    private static final Path RELAY = Path.of("src/main/native/relay");

    /** The first group of every place where the pattern is, with lines taken as one. */
    private static Set<String> figures(Path page, String pattern) throws IOException {
        Set<String> found = new TreeSet<>();
        Matcher matcher =
                Pattern.compile(pattern).matcher(Files.readString(page).replaceAll("\\n *\\*? *(?=\\S)", " "));
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        assertTrue(!found.isEmpty(), "nothing in " + page + " is like " + pattern);
        return found;
    }

    private static void assertFigure(long expected, Path page, String pattern) throws IOException {
        assertEquals(Set.of(Long.toString(expected)), figures(page, pattern), page + ": " + pattern);
    }

    private static Object constant(String type, String name) throws ReflectiveOperationException {
        Field field = Class.forName(type).getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }

    private static long seconds(String type, String name) throws ReflectiveOperationException {
        return TimeUnit.NANOSECONDS.toSeconds((long) constant(type, name));
    }

    @Test
    void idleLaunchersAndThreads() throws Exception {
        String launcher = "dev.sandjar.internal.start.Launcher";
        for (Path page :
                new Path[] {GUIDES.resolve("processes.md"), Path.of("src/main/java/dev/sandjar/Sandjar.java")}) {
            assertFigure(seconds(launcher, "idleNanos"), page, "nothing has run for (\\d+) seconds");
            assertFigure(seconds(launcher, "LONG_IDLE_NANOS") / 60, page, "(\\d+) minutes");
        }
        long linger = (long) constant("com.sun.jna.internal.Cleaner$CleanerThread", "CLEANER_LINGER_TIME");
        assertEquals(30_000, linger, "half a minute, as the guide to processes says of JNA's thread");
    }

    @Test
    void endOfACallWithUsesOfHostObjects() throws Exception {
        long patience = (long) constant("dev.sandjar.internal.plugin.host.CallbackTable", "PATIENCE_MILLIS");
        assertFigure(patience, Path.of("docs/threat-model.md"), "waited for (\\d+) ms at the end of the call");
    }

    @Test
    void endOfARelay() throws Exception {
        long ending = ((Duration) constant("dev.sandjar.internal.launcher.Relay", "ENDING")).toSeconds();
        assertFigure(ending, GUIDES.resolve("networks.md"), "waits (\\d+) seconds for that at most");
        assertFigure(ending, Path.of("src/main/java/dev/sandjar/Network.java"), "That waits (\\d+) seconds for it");
    }

    /** The kernel doubles what is asked for of a socket ({@code socket(7)}, SO_RCVBUF). */
    @Test
    void whatNobodyReads() throws Exception {
        long pipe = 1L << shift("flow.c", "HELD_MAX");
        long buffer = 2L << shift("move.c", "BUFFER");
        Path networks = GUIDES.resolve("networks.md");
        assertFigure(pipe >> 20, networks, "a pipe of (\\d+) MiB and two buffers");
        assertFigure(buffer >> 10, networks, "two buffers of (\\d+) KiB in each direction");
        long all = 2 * (pipe + 2 * buffer) >> 20;
        assertFigure(all, networks, "some (\\d+) MiB for a connection");
        assertFigure(all, Path.of("docs/threat-model.md"), "some (\\d+) MiB for a connection");
    }

    private static int shift(String file, String name) throws IOException {
        Set<String> found = figures(RELAY.resolve(file), "\\b" + name + " = 1 << (\\d+)");
        assertEquals(1, found.size(), found.toString());
        return Integer.parseInt(found.iterator().next());
    }
}
