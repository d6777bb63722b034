package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What other versions and other set-ups of engines write than those that were recorded, after their sources, is read. */
class EngineVariantsTest {
    @ParameterizedTest
    @MethodSource("dev.sandjar.oci.EngineVariants#all")
    void isRead(String name) throws Exception {
        OciBundle bundle = OciBundle.parse(Path.of("/b"), EngineVariants.text(name));
        assertEquals("sh", bundle.command().orElseThrow().program());
        assertEquals(Schema.tree(EngineVariants.text(name)), Schema.tree(bundle.toConfigJson()), "nothing is lost");
    }
}
