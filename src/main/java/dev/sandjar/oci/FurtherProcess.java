package dev.sandjar.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The configuration of a further program of a container: the container's, with another process, and without what the container has
 * already. Of it, only what a process goes through is carried out.
 */
final class FurtherProcess {
    private static final List<String> NEEDED =
            List.of("namespaces", "uidMappings", "gidMappings", "seccomp", "personality");
    private static final int STRING_MAX = 1 << 20;
    private static final String WORDS = "--";

    private FurtherProcess() {}

    /**
     * Writes it.
     *
     * @param further a file with the process as JSON, or ""; else directory, user (UID or UID:GID), "terminal", each "" for what the
     *     container's process has; variables, "--", and the words of the program
     */
    static byte[] of(byte[] config, List<String> further) throws IOException {
        ObjectNode all = read(config);
        ObjectNode given = further.get(0).isEmpty()
                ? process(all.withObject("/process").deepCopy(), further)
                : read(RuntimeCompiler.content(Path.of(further.get(0))));
        ObjectNode linux = all.withObject("/linux");
        linux.retain(NEEDED);
        all.retain("ociVersion", "root", "linux");
        all.set("process", given);
        return all.toString().getBytes(StandardCharsets.UTF_8);
    }

    static ObjectNode read(byte[] json) throws InvalidBundleException {
        try {
            return StrictJson.read(json, OciBundle.BYTES_MAX, STRING_MAX);
        } catch (JsonRefusal e) {
            throw new InvalidBundleException(e.place(), e.reason());
        }
    }

    private static ObjectNode process(ObjectNode process, List<String> further) throws InvalidBundleException {
        int words = further.indexOf(WORDS);
        ArrayNode args = process.putArray("args");
        further.subList(words + 1, further.size()).forEach(args::add);
        further.subList(4, words).forEach(process.withArray("env")::add);
        if (!further.get(1).isEmpty()) {
            process.put("cwd", further.get(1));
        }
        if (!further.get(2).isEmpty()) {
            user(process.putObject("user"), further.get(2));
        }
        process.put("terminal", !further.get(3).isEmpty());
        return process;
    }

    private static void user(ObjectNode user, String text) throws InvalidBundleException {
        String[] ids = text.split(":", -1);
        try {
            user.put("uid", Long.parseLong(ids[0]));
            user.put("gid", ids.length > 1 ? Long.parseLong(ids[1]) : 0);
        } catch (NumberFormatException e) {
            throw new InvalidBundleException("--user", "is " + text + ", and not UID or UID:GID");
        }
    }
}
