package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.PathBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Hooks run in the bundle's directory, and in no other one whose name is nearly the same. */
class BundleNameTest {
    private static final String HOOKS = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},"
            + "\"process\":{\"cwd\":\"/\",\"args\":[\"true\"],\"user\":{\"uid\":0,\"gid\":0}},"
            + "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}],"
            + "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}],"
            + "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]},"
            + "\"hooks\":{\"poststop\":[{\"path\":\"/bin/true\"}]}}";

    private static Path named(byte[] name) {
        return PathBytes.path(name);
    }

    private static byte[] bytes(String latin) {
        return latin.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aDirectoryWhoseNameIsNoTextIsRefusedByName() throws Exception {
        OciBundle bundle = OciBundle.parse(named(bytes("/nowhere/b\u00ffndle")), HOOKS);
        InvalidBundleException e =
                assertThrows(InvalidBundleException.class, () -> OciContainer.create("odd-name", bundle));
        assertEquals("/hooks", e.jsonPath());
        assertTrue(e.getMessage().contains("/nowhere/b\\xffndle"), e.getMessage());
        assertTrue(OciContainer.find("odd-name").isEmpty());
    }

    @Test
    void textIsGood() throws Exception {
        HookRunner.requireText(Path.of("/nowhere/bundle"));
        // What C.UTF-8 can say.
        if ("UTF-8".equals(System.getProperty("sun.jnu.encoding"))) {
            HookRunner.requireText(Path.of("/nowhere/b\u00fcndel"));
        }
    }
}
