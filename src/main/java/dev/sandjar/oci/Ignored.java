package dev.sandjar.oci;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;

/** A configuration without what its reader is to pass over. */
final class Ignored {
    private Ignored() {}

    static ObjectNode without(ObjectNode json, List<String> paths) {
        if (paths.isEmpty()) {
            return json;
        }
        ObjectNode copy = json.deepCopy();
        // From the end of each list, so that places stay what they were.
        paths.stream()
                .map(JsonPointer::compile)
                .sorted(Comparator.comparingInt((JsonPointer p) ->
                                p.last() == null ? -1 : p.last().getMatchingIndex())
                        .reversed())
                .forEach(pointer -> remove(copy, pointer));
        return copy;
    }

    private static void remove(ObjectNode json, JsonPointer pointer) {
        JsonPointer last = pointer.last();
        if (last == null) {
            throw new IllegalArgumentException("the whole configuration can't be ignored");
        }
        JsonNode parent = json.at(pointer.head());
        if (parent instanceof ObjectNode object) {
            object.remove(last.getMatchingProperty());
        } else if (parent instanceof ArrayNode array && array.has(last.getMatchingIndex())) {
            array.remove(last.getMatchingIndex());
        }
    }
}
