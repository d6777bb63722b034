package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever configuration is read is written so that it reads the same; and whatever text there is, it is read or refused. */
class BundleProps {
    private static final String EVERYTHING = Configs.resource("configs/sandjar-everything.json");

    /** The whole configuration with parts left out, moved, and strange ones added. */
    @Provide
    Arbitrary<ObjectNode> configurations() {
        return Arbitraries.randomValue(BundleProps::configuration);
    }

    private static ObjectNode configuration(Random random) {
        ObjectNode config = (ObjectNode) Schema.tree(EVERYTHING);
        thin(
                config,
                random,
                List.of("ociVersion", "root", "path", "linux", "namespaces", "type", "cwd", "destination", "source"));
        config.set("x-" + random.nextInt(100), anything(random, 3));
        ((ObjectNode) config.get("linux")).set("x-" + random.nextInt(100), anything(random, 2));
        return config;
    }

    /** Leaves fields out, but for those without which nothing is left to read. */
    private static void thin(JsonNode node, Random random, List<String> kept) {
        if (node instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                if (!kept.contains(name) && random.nextInt(4) == 0) {
                    object.remove(name);
                } else {
                    thin(object.get(name), random, kept);
                }
            }
        } else if (node instanceof ArrayNode array) {
            array.forEach(item -> thin(item, random, kept));
        }
    }

    private static JsonNode anything(Random random, int depth) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0:
                return nodes.numberNode(random.nextLong());
            case 1:
                return nodes.textNode("t\u00e4\ud83d\ude00\t" + random.nextInt());
            case 2:
                return nodes.booleanNode(random.nextBoolean());
            case 3:
                return nodes.nullNode();
            case 4:
                return nodes.numberNode(new java.math.BigInteger(80, random));
            case 5:
                return nodes.arrayNode().add(anything(random, depth - 1)).add(anything(random, depth - 1));
            default:
                return nodes.objectNode().set("k" + random.nextInt(), anything(random, depth - 1));
        }
    }

    @Property(tries = 300)
    void theWayThereAndBack(@ForAll("configurations") ObjectNode config) throws Exception {
        OciBundle bundle;
        try {
            bundle = Configs.parse(config.toString());
        } catch (InvalidBundleException e) {
            return; // something that was left out was needed by something else
        }
        String written = bundle.toConfigJson();
        assertEquals(config, Schema.tree(written), "nothing is lost");
        OciBundle again = Configs.parse(written);
        assertEquals(bundle.sandbox(), again.sandbox());
        assertEquals(bundle.hooks(), again.hooks());
        assertEquals(bundle.notes(), again.notes());
        assertEquals(bundle.command().map(Object::toString), again.command().map(Object::toString));
        assertEquals(written, again.toConfigJson());
    }

    @Property(tries = 500)
    void anyTextIsReadOrRefused(@ForAll @Size(max = 200) byte[] noise, @ForAll @IntRange(max = 4000) int at) {
        byte[] text = EVERYTHING.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        System.arraycopy(noise, 0, text, Math.min(at, text.length - noise.length), Math.min(8, noise.length));
        try {
            OciBundle.parse(Configs.BUNDLE, new String(text, java.nio.charset.StandardCharsets.UTF_8));
        } catch (InvalidBundleException e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    /** A value of another kind somewhere: refused or read, never another exception. */
    @Property(tries = 500)
    void anyValueAnywhereIsReadOrRefused(@ForAll Random random) {
        ObjectNode config = (ObjectNode) Schema.tree(EVERYTHING);
        JsonNode node = config;
        for (int depth = random.nextInt(6); depth >= 0 && node.isContainerNode() && !node.isEmpty(); depth--) {
            int place = random.nextInt(node.size());
            if (node instanceof ObjectNode object) {
                List<String> names = new ArrayList<>();
                object.fieldNames().forEachRemaining(names::add);
                if (depth == 0) {
                    object.set(names.get(place), anything(random, 2));
                }
                node = object.get(names.get(place));
            } else if (node instanceof ArrayNode array) {
                if (depth == 0) {
                    array.set(place, anything(random, 2));
                }
                node = array.get(place);
            }
        }
        try {
            Configs.parse(config.toString());
        } catch (InvalidBundleException e) {
            assertFalse(e.jsonPath().contains("\n"));
        }
    }
}
