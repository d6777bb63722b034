package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each field of the specification's schema has a decision, in docs/oci.md, and that is what the reader does. */
class OciFieldsTest {
    private static final Set<String> SYSTEMS = Set.of("solaris", "windows", "vm", "zos", "freebsd");
    private static final Pattern ROW = Pattern.compile("\\| (`/.*`) \\| (applied|noted|refused|ignored) \\|.*\\|");
    private static final Pattern FIELD = Pattern.compile("`([^`]*)`");

    /** A value for each that is not simply applied. */
    private static final Map<String, String> SAMPLES = Map.ofEntries(
            Map.entry("/process/noNewPrivileges", Configs.process("\"noNewPrivileges\":false")),
            Map.entry("/process/execCPUAffinity", Configs.process("\"execCPUAffinity\":{\"initial\":\"0\"}")),
            Map.entry("/process/commandLine", Configs.process("\"commandLine\":\"x\"")),
            Map.entry("/process/user/username", Configs.process("\"user\":{\"uid\":0,\"gid\":0,\"username\":\"x\"}")),
            Map.entry("/linux/mountLabel", Configs.linux("\"mountLabel\":\"x\"")),
            Map.entry(
                    "/linux/personality/flags",
                    Configs.linux("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}")),
            Map.entry(
                    "/linux/seccomp/listenerPath",
                    Configs.linux("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/x\"}")),
            Map.entry(
                    "/linux/seccomp/listenerMetadata",
                    Configs.linux("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"x\"}")),
            Map.entry("/linux/intelRdt", Configs.linux("\"intelRdt\":{\"closID\":\"x\"}")),
            Map.entry("/linux/resources/memory/kernel", memory("\"kernel\":67108864")),
            Map.entry("/linux/resources/memory/kernelTCP", memory("\"kernelTCP\":67108864")),
            Map.entry("/linux/resources/memory/useHierarchy", memory("\"useHierarchy\":false")),
            Map.entry("/linux/resources/memory/checkBeforeUpdate", memory("\"checkBeforeUpdate\":true")),
            Map.entry("/vm", Configs.whole("\"vm\":{\"kernel\":{\"path\":\"/k\"}}")),
            Map.entry("/windows", Configs.whole("\"windows\":{\"layerFolders\":[\"x\"]}")),
            Map.entry("/solaris", Configs.whole("\"solaris\":{\"milestone\":\"x\"}")),
            Map.entry("/freebsd", Configs.whole("\"freebsd\":{\"devices\":[]}")),
            Map.entry("/zos", Configs.whole("\"zos\":{\"namespaces\":[]}")));

    private static String memory(String field) {
        return Configs.linux("\"resources\":{\"memory\":{\"limit\":67108864,\"swap\":67108864," + field + "}}");
    }

    private static Map<String, String> table() throws IOException {
        Map<String, String> table = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("docs/oci.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                FIELD.matcher(row.group(1)).results().forEach(field -> table.put(field.group(1), row.group(2)));
            }
        }
        return table;
    }

    @Test
    void eachFieldOfTheSchemaIsDecided() throws Exception {
        Map<String, String> table = table();
        Set<String> fields = new TreeSet<>();
        walk("config-schema.json", Schema.tree(Configs.resource("schema/config-schema.json")), "", fields);
        assertTrue(fields.size() > 200, fields.toString());
        for (String field : fields) {
            assertTrue(row(table, field) != null, field);
        }
        for (String row : table.keySet()) {
            assertTrue(fields.contains(row), row + " is no field");
        }
    }

    private static String row(Map<String, String> table, String field) {
        return table.keySet().stream()
                .filter(row -> field.equals(row) || field.startsWith(row + "/") || field.startsWith(row + "[]"))
                .max(Comparator.comparingInt(String::length))
                .orElse(null);
    }

    private static void walk(String file, JsonNode schema, String path, Set<String> fields) {
        if (schema.has("$ref")) {
            String[] parts = schema.get("$ref").asText().split("#");
            String other = parts[0].isEmpty() ? file : parts[0];
            walk(
                    other,
                    Schema.tree(Configs.resource("schema/" + other)).at(parts.length > 1 ? parts[1] : ""),
                    path,
                    fields);
            return;
        }
        for (String kind : List.of("allOf", "anyOf", "oneOf")) {
            schema.path(kind).forEach(part -> walk(file, part, path, fields));
        }
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            fields.add(path + "/" + property.getKey());
            if (!path.isEmpty() || !SYSTEMS.contains(property.getKey())) {
                walk(file, property.getValue(), path + "/" + property.getKey(), fields);
            }
        }
        JsonNode items = schema.path("items");
        if (items.isArray()) {
            items.forEach(item -> walk(file, item, path + "[]", fields));
        } else if (items.isObject()) {
            walk(file, items, path + "[]", fields);
        }
    }

    @Test
    void eachDecisionIsWhatTheReaderDoes() throws Exception {
        Map<String, String> table = table();
        Set<String> decided = new TreeSet<>();
        for (Map.Entry<String, String> row : table.entrySet()) {
            String field = row.getKey();
            if (row.getValue().equals("applied")) {
                continue;
            }
            decided.add(field);
            String sample = SAMPLES.get(field);
            assertTrue(sample != null, field + " has no sample");
            String name = field.substring(field.lastIndexOf('/') + 1);
            if (row.getValue().equals("refused")) {
                InvalidBundleException e =
                        assertThrows(InvalidBundleException.class, () -> Configs.parse(sample), field);
                assertTrue(e.jsonPath().startsWith(field), field + ": " + e.getMessage());
                continue;
            }
            boolean noted = Configs.parse(sample).notes().stream().anyMatch(note -> note.contains(name + ":"));
            assertEquals(
                    row.getValue().equals("noted"),
                    noted,
                    field + ": " + Configs.parse(sample).notes());
        }
        assertEquals(new TreeSet<>(SAMPLES.keySet()), decided);
        assertFalse(decided.isEmpty());
    }
}
