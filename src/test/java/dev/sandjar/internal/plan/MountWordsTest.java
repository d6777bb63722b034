package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What may be said of a mount, and what is done for it, are the same words of {@code mount(8)}. */
class MountWordsTest {
    private static Set<String> words(Class<?> type, String field) throws ReflectiveOperationException {
        Field words = type.getDeclaredField(field);
        words.setAccessible(true);
        Set<String> all = new TreeSet<>();
        Object value = words.get(null);
        Collection<?> some = value instanceof Map<?, ?> map ? map.keySet() : (Collection<?>) value;
        some.forEach(each -> all.add((String) each));
        return all;
    }

    private static Class<?> said() throws ClassNotFoundException {
        return Class.forName("dev.sandjar.MountWords");
    }

    @Test
    void everyAttributeHasAnEffect() throws ReflectiveOperationException {
        assertEquals(words(said(), "ATTRIBUTES"), words(ExactMount.class, "ATTRIBUTES"));
    }

    @Test
    void everyPropagationIsOne() throws ReflectiveOperationException {
        for (String word : words(said(), "PROPAGATIONS")) {
            assertTrue(
                    Propagation.of(word).isPresent()
                            && Propagation.of("r" + word).isPresent(),
                    word);
        }
    }
}
