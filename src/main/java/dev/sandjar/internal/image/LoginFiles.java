package dev.sandjar.internal.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a user is to registries, by what {@code docker login}, {@code podman login} or {@code skopeo login} have left: the first file that
 * knows the registry decides. No message has anything of what the files say.
 */
public final class LoginFiles implements LoginSource {
    private static final int FILE_MAX = 1 << 20;
    private static final String HUB = "docker.io";
    private static final String HUB_ADDRESS = "https://index.docker.io/v1/";
    private static final List<String> HUB_NAMES = List.of(HUB, "index.docker.io", "registry-1.docker.io");
    private static final String REMEDY = "mend or remove it, or use Registry.anonymous(), which reads none";

    private final List<Path> files;
    private final String programs;

    /** @param programs directories of credential helpers, as in PATH */
    public LoginFiles(List<Path> files, String programs) {
        this.files = List.copyOf(files);
        this.programs = programs;
    }

    /**
     * Those of the user whose environment it is.
     *
     * @param uid of the user, in decimal
     */
    public static LoginFiles of(Map<String, String> environment, String home, String uid) {
        String programs = environment.getOrDefault("PATH", "");
        String only = environment.getOrDefault("REGISTRY_AUTH_FILE", "");
        if (!only.isEmpty()) {
            return new LoginFiles(List.of(Path.of(only)), programs);
        }
        List<Path> files = new ArrayList<>();
        add(files, environment.get("DOCKER_CONFIG"), "config.json");
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (runtime.isEmpty()) {
            add(files, "/run/containers/" + uid, "auth.json");
        } else {
            add(files, runtime, "containers/auth.json");
        }
        String configuration = environment.getOrDefault("XDG_CONFIG_HOME", "");
        add(files, configuration.isEmpty() ? home + "/.config" : configuration, "containers/auth.json");
        if (environment.getOrDefault("DOCKER_CONFIG", "").isEmpty()) {
            add(files, home, ".docker/config.json");
        }
        return new LoginFiles(files, programs);
    }

    /** Whoever runs this process, in decimal. */
    public static String user() {
        try {
            Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            return Integer.toUnsignedString((Integer) uid);
        } catch (IOException e) {
            throw new UncheckedIOException("whose process this is can't be known without /proc", e);
        }
    }

    private static void add(List<Path> files, @Nullable String directory, String name) {
        if (directory != null && directory.startsWith("/")) {
            files.add(Path.of(directory).resolve(name));
        }
    }

    List<Path> files() {
        return files;
    }

    @Override
    public Login of(String registry, String repository) throws IOException {
        for (Path file : files) {
            Login found = Files.exists(file) ? in(file, registry, repository) : null;
            if (found != null) {
                return found;
            }
        }
        return Login.ANONYMOUS;
    }

    private @Nullable Login in(Path file, String registry, String repository) throws IOException {
        JsonNode all = read(file);
        String helper = "";
        for (Map.Entry<String, JsonNode> one : all.path("credHelpers").properties()) {
            if (isNameOf(registry, one.getKey())) {
                helper = one.getValue().asText("");
            }
        }
        if (helper.isEmpty()) {
            helper = all.path("credsStore").asText("");
        }
        if (!helper.isEmpty()) {
            String address = registry.equals(HUB) ? HUB_ADDRESS : registry;
            Login kept = new LoginHelper(helper, programs, file).of(address);
            if (kept != null) {
                return kept;
            }
        }
        JsonNode entry = entry(all.path("auths"), registry, repository);
        return entry == null ? null : login(entry, file);
    }

    private static JsonNode read(Path file) throws IOException {
        try {
            JsonNode all = Json.mapper().readTree(BoundedReads.bytes(file, FILE_MAX));
            if (all != null && all.isObject()) {
                return all;
            }
        } catch (JsonProcessingException e) {
            // Its message quotes what it doesn't understand.
        }
        throw new ImageException("credentials in " + file, "it is not a JSON object", REMEDY);
    }

    private static boolean isNameOf(String registry, String key) {
        String name = key.replaceFirst("^https?://", "").replaceFirst("/(v[12]/?)?$", "");
        return name.equals(registry) || (registry.equals(HUB) && HUB_NAMES.contains(name));
    }

    /** For the repository, or for what it lies in, or for all of the registry: whichever is the closest. */
    private static @Nullable JsonNode entry(JsonNode auths, String registry, String repository) {
        for (String place = repository; !place.isEmpty(); place = parent(place)) {
            JsonNode found = auths.get(registry + "/" + place);
            if (found != null) {
                return found;
            }
        }
        for (Map.Entry<String, JsonNode> one : auths.properties()) {
            if (isNameOf(registry, one.getKey())) {
                return one.getValue();
            }
        }
        return null;
    }

    private static String parent(String place) {
        return place.substring(0, Math.max(0, place.lastIndexOf('/')));
    }

    private static @Nullable Login login(JsonNode entry, Path file) throws ImageException {
        String identity = entry.path("identitytoken").asText("");
        if (!identity.isEmpty()) {
            return Login.identity(identity);
        }
        String token = entry.path("registrytoken").asText("");
        if (!token.isEmpty()) {
            return Login.bearer(token);
        }
        String pair = entry.path("auth").asText("");
        if (pair.isEmpty()) {
            String user = entry.path("username").asText("");
            return user.isEmpty()
                    ? null
                    : Login.password(user, entry.path("password").asText(""));
        }
        try {
            String text = new String(Base64.getDecoder().decode(pair), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon > 0) {
                return Login.password(text.substring(0, colon), text.substring(colon + 1));
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new ImageException(
                "credentials in " + file, "an \"auth\" in it is not a user and password in Base64", REMEDY);
    }

    @Override
    public String toString() {
        return "as configured";
    }
}
