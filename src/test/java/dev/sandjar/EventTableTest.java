package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sandjar.internal.jfr.ExitEvent;
import dev.sandjar.internal.jfr.LimitEvent;
import dev.sandjar.internal.jfr.StartEvent;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;
import org.junit.jupiter.api.Test;

/** The table of events in docs/guides/reports.md has each field, with its unit, and no other. */
class EventTableTest {
    private static final Pattern LINE = Pattern.compile(
            "\\| (?:`(dev\\.sandjar\\.\\w+)` )?\\| `(\\w+)`(?:, `duration`)? \\| ?([^|]*?) ?\\| ([^|]+) \\|");

    private static final List<Class<? extends Event>> EVENTS =
            List.of(StartEvent.class, ExitEvent.class, LimitEvent.class);

    @Test
    void itHasEachFieldWithItsUnit() throws IOException {
        Map<String, String> expected = new LinkedHashMap<>();
        for (Class<? extends Event> type : EVENTS) {
            String name = type.getAnnotation(Name.class).value();
            fields(type).forEach(field -> expected.put(name + "." + field.getName(), unit(field)));
        }
        Map<String, String> told = new LinkedHashMap<>();
        String event = "";
        for (String line : Files.readAllLines(Path.of("docs/guides/reports.md"))) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches() || (event.isEmpty() && matcher.group(1) == null)) {
                event = "";
                continue;
            }
            event = matcher.group(1) == null ? event : matcher.group(1);
            if (!matcher.group(2).equals("startTime")) { // every event's
                told.put(event + "." + matcher.group(2), matcher.group(3));
            }
        }
        assertEquals(List.copyOf(expected.entrySet()), List.copyOf(told.entrySet()));
    }

    @Test
    void eachFieldSaysWhatItIs() {
        for (Class<? extends Event> type : EVENTS) {
            assertNotNull(type.getAnnotation(Description.class), type::getName);
            fields(type).forEach(field -> {
                assertNotNull(field.getAnnotation(Label.class), field::toString);
                assertNotNull(field.getAnnotation(Description.class), field::toString);
            });
        }
    }

    private static Stream<Field> fields(Class<? extends Event> type) {
        return Stream.of(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic());
    }

    private static String unit(Field field) {
        if (field.isAnnotationPresent(Timespan.class)) {
            assertEquals(
                    Timespan.NANOSECONDS, field.getAnnotation(Timespan.class).value());
            return "ns";
        }
        if (field.isAnnotationPresent(DataAmount.class)) {
            assertEquals(DataAmount.BYTES, field.getAnnotation(DataAmount.class).value());
            return "bytes";
        }
        return "";
    }
}
