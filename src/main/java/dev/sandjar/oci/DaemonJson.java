package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The configuration of dockerd, whose runtimes have their places in one object. Every byte of what others wrote stays as it is. */
final class DaemonJson {
    private static final int BYTES_MAX = 4 << 20;
    private static final Pattern OBJECT = Pattern.compile("\\s*\\{");
    private static final Pattern RUNTIMES = Pattern.compile("\"runtimes\"\\s*:\\s*\\{");

    private DaemonJson() {}

    static Optional<String> with(String text, String name, Path program) throws IOException {
        if (text.isEmpty()) {
            return Optional.of("{" + whole(name, program) + "\n}\n");
        }
        ObjectNode before = read(text);
        JsonNode runtimes = before.path("runtimes");
        if (runtimes.has(name)) {
            if (runtimes.get(name).equals(runtime(program))) {
                return Optional.empty();
            }
            throw new IOException("it has another runtime of the name " + name + ": " + runtimes.get(name));
        }
        // Their own place is looked for first: a name like it may be anywhere in the text, which the comparison below
        // finds.
        String changed = runtimes.isObject()
                ? inserted(text, RUNTIMES, entry(name, program), runtimes.isEmpty())
                : inserted(text, OBJECT, whole(name, program), before.isEmpty());
        before.withObject("/runtimes").set(name, runtime(program));
        if (!read(changed).equals(before)) {
            throw new IOException("its runtimes are not where they were looked for; add "
                    + entry(name, program).strip() + " to them");
        }
        return Optional.of(changed);
    }

    static Optional<String> without(String text, String name, Path program) throws IOException {
        if (text.isEmpty() || !read(text).path("runtimes").has(name)) {
            return Optional.empty();
        }
        ObjectNode expected = read(text);
        expected.withObject("/runtimes").remove(name);
        for (String written : new String[] {whole(name, program), entry(name, program)}) {
            for (String with : new String[] {written + ",", written}) {
                int at = text.indexOf(with);
                if (at < 0) {
                    continue;
                }
                String rest = text.substring(0, at) + text.substring(at + with.length());
                if (leaves(rest, expected)) {
                    return Optional.of(rest.equals("{\n}\n") ? "" : rest);
                }
            }
        }
        throw new IOException("what was written there has been changed since; remove " + name + " from its runtimes");
    }

    private static boolean leaves(String rest, ObjectNode expected) {
        try {
            ObjectNode now = read(rest);
            now.withObject("/runtimes");
            return now.equals(expected);
        } catch (IOException e) {
            return false; // a comma too many: it was written in the other way
        }
    }

    private static ObjectNode runtime(Path program) {
        ObjectNode runtime = JsonNodeFactory.instance.objectNode();
        runtime.put("path", program.toString());
        return runtime;
    }

    private static String entry(String name, Path program) {
        return "\n        \"" + name + "\": {\"path\": " + TextNode.valueOf(program.toString()) + "}";
    }

    private static String whole(String name, Path program) {
        return "\n    \"runtimes\": {" + entry(name, program) + "\n    }";
    }

    private static String inserted(String text, Pattern where, String what, boolean alone) throws IOException {
        Matcher matcher = where.matcher(text);
        if (!matcher.find()) {
            throw new IOException("the place for " + what.strip() + " is not found");
        }
        return text.substring(0, matcher.end()) + what + (alone ? "" : ",") + text.substring(matcher.end());
    }

    private static ObjectNode read(String text) throws IOException {
        try {
            return StrictJson.read(text.getBytes(StandardCharsets.UTF_8), BYTES_MAX, BYTES_MAX);
        } catch (JsonRefusal e) {
            throw new IOException("it can't be read: " + e.place() + " " + e.reason(), e);
        }
    }
}
