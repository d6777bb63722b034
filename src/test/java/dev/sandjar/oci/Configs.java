package dev.sandjar.oci;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Configurations for tests: whole ones that other tools wrote, and small ones about one thing. */
final class Configs {
    static final Path BUNDLE = Path.of("/bundle");
    static final String MOUNT = "{\"type\":\"mount\"}";

    private Configs() {}

    /** One of src/test/resources/oci. */
    static String resource(String name) {
        try (InputStream in = Configs.class.getResourceAsStream("/oci/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The least that there is, with fields of "linux" beside its namespaces and further ones of the whole. */
    static String config(String namespaces, String linux, String more) {
        String types = namespaces.isEmpty() ? MOUNT : MOUNT + "," + namespaces;
        return "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"linux\":{\"namespaces\":[" + types + "]"
                + (linux.isEmpty() ? "" : "," + linux) + "}" + (more.isEmpty() ? "" : "," + more) + "}";
    }

    static String linux(String linux) {
        return config("", linux, "");
    }

    static String whole(String more) {
        return config("", "", more);
    }

    /** In a mount namespace that is there already, so without a root. */
    static String joined(String linux, String more) {
        return config("", linux, more)
                .replace(MOUNT, "{\"type\":\"mount\",\"path\":\"/proc/12/ns/mnt\"}")
                .replace("\"root\":{\"path\":\"rootfs\"},", "");
    }

    static String process(String fields) {
        return whole("\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]" + (fields.isEmpty() ? "" : "," + fields) + "}");
    }

    static OciBundle parse(String json) throws InvalidBundleException {
        return OciBundle.parse(BUNDLE, json);
    }
}
