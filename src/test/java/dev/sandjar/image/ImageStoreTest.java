package dev.sandjar.image;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What a store and a registry are before anything is read or asked. */
class ImageStoreTest {
    private static final Path DIRECTORY = Path.of("/nowhere/images");

    private final ImageStore store = ImageStore.open(DIRECTORY);

    @Test
    void storesAreEqualThatSayTheSame() {
        assertEquals(ImageStore.open(DIRECTORY), store);
        assertEquals(ImageStore.open(DIRECTORY).hashCode(), store.hashCode());
        assertNotEquals(store.withPlatform("linux/arm64"), store);
        assertNotEquals(store.withLimits(ImageLimits.defaults().withEntries(1)), store);
        assertEquals("ImageStore(/nowhere/images)", store.toString());
    }

    @Test
    void whatOthersImplementIsRefused() {
        refuses(() -> store.save(other(Image.class), Path.of("/nowhere/saved")), "other Image", "no ImageStore");
        refuses(() -> store.tag(other(Image.class), "a"), "other Image");
        refuses(() -> store.pull("a", other(Registry.class)), "other Registry", "Registry.configured()");
    }

    /** /proc takes no directory from anybody, root included. */
    @Test
    void aStoreThatCannotBeMadeHasARemedy() {
        ImageException e = assertThrows(ImageException.class, () -> ImageStore.open(Path.of("/proc/self/task/images"))
                .load(Path.of("/nowhere")));
        assertTrue(e.getMessage().contains("ImageStore.open(Path), or set XDG_CACHE_HOME"), e.getMessage());
    }

    private static <T> T other(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> "other " + type.getSimpleName()));
    }

    @Test
    void aRegistryShowsNoSecrets() {
        assertEquals("Registry(https)", Registry.anonymous().toString());
        assertEquals(
                "Registry(http, as somebody)",
                Registry.anonymous()
                        .credentials("somebody", "secret")
                        .plainHttp()
                        .toString());
        assertEquals(
                "Registry(https, with a token)",
                Registry.anonymous().bearer("secret").toString());
    }
}
