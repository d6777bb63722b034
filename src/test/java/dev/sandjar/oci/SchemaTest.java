package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is what the specification's own schema accepts. */
class SchemaTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "runc",
                "runc-rootless",
                "crun",
                "crun-rootless",
                "umoci",
                "umoci-rootless",
                "docker",
                "podman",
                "containerd",
                "cri-sandbox",
                "sandjar-everything"
            })
    void configurationsOfOtherToolsComeOutValidAndTheSame(String name) throws Exception {
        String text = Configs.resource("configs/" + name + ".json");
        OciBundle bundle = Configs.parse(text);
        String written = bundle.toConfigJson();
        assertEquals(Set.of(), Schema.config().errors(written));
        assertEquals(Schema.tree(text), Schema.tree(written), "nothing is lost, not even what is not known");
        OciBundle again = Configs.parse(written);
        assertEquals(bundle.sandbox(), again.sandbox());
        assertEquals(bundle.hooks(), again.hooks());
        assertEquals(bundle.annotations(), again.annotations());
        assertEquals(written, again.toConfigJson());
    }

    @Test
    void theSchemaIsNoRubberStamp() {
        assertFalse(Schema.config().errors("{\"ociVersion\":1}").isEmpty());
        assertFalse(Schema.config()
                .errors(Configs.resource("configs/spec-bad-linux-hugepage.json"))
                .isEmpty());
        assertFalse(Schema.config()
                .errors(Configs.linux("\"rootfsPropagation\":\"sideways\""))
                .isEmpty());
        assertTrue(Schema.config()
                .errors(Configs.resource("configs/spec-good-spec-example.json"))
                .isEmpty());
    }

    @Test
    void statesAreValid() {
        for (OciState.Status status : OciState.Status.values()) {
            OciState state = new OciState(
                    "1.2.0", "x", status, OptionalLong.of(17), Path.of("/bundle"), Map.of("key", "value \"quoted\""));
            assertEquals(Set.of(), Schema.state().errors(state.toJson()));
        }
        OciState stopped =
                new OciState("1.2.0", "x", OciState.Status.STOPPED, OptionalLong.empty(), Path.of("/bundle"), Map.of());
        assertEquals(Set.of(), Schema.state().errors(stopped.toJson()));
        assertFalse(Schema.state().errors("{\"ociVersion\":\"1.2.0\"}").isEmpty());
    }
}
