package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials as docker's and podman's own files and helpers have them. */
@Tag("linux")
@Tag("once")
class LoginFilesIT {
    @TempDir
    Path directory;

    private static String auth(String pair) {
        return "{\"auth\":\"" + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)) + "\"}";
    }

    private Login login(String json, String registry, String repository) throws IOException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, json);
        return new LoginFiles(List.of(directory.resolve("absent"), file), directory.toString())
                .of(registry, repository);
    }

    private void helper(String name, String script) throws IOException {
        Path program = directory.resolve("docker-credential-" + name);
        Files.writeString(program, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void passwordsAndTokensAreFound() throws IOException {
        String json = "{\"auths\":{\"a:5000\":" + auth("u:p:q") + ",\"https://b/v2/\":{\"identitytoken\":\"i\"},\"c\":"
                + "{\"registrytoken\":\"t\"},\"https://index.docker.io/v1/\":" + auth("hub:x") + ",\"d\":{},\"e\":"
                + "{\"username\":\"u\",\"password\":\"p\"}}}";
        assertEquals(Login.password("u", "p:q"), login(json, "a:5000", "r"));
        assertEquals(Login.identity("i"), login(json, "b", "r"));
        assertEquals(Login.bearer("t"), login(json, "c", "r"));
        assertEquals(Login.password("hub", "x"), login(json, "docker.io", "library/r"));
        assertEquals(Login.password("u", "p"), login(json, "e", "r"));
        for (String none : List.of("a", "d", "a:5001", "index.docker.io.evil")) {
            assertEquals(Login.ANONYMOUS, login(json, none, "r"));
        }
    }

    @Test
    void theClosestEntryCounts() throws IOException {
        String json = "{\"auths\":{\"a\":" + auth("all:1") + ",\"a/team\":" + auth("team:2") + ",\"a/team/tool\":"
                + auth("tool:3") + "}}";
        assertEquals("tool", login(json, "a", "team/tool").user());
        assertEquals("team", login(json, "a", "team/other").user());
        assertEquals("all", login(json, "a", "teams").user());
    }

    @Test
    void helpersAreAsked() throws IOException {
        helper(
                "keys",
                "test \"$1\" = get || exit 9\nread server\ncase $server in\n"
                        + "https://index.docker.io/v1/) echo '{\"Username\":\"hub\",\"Secret\":\"s\"}';;\n"
                        + "tokens) echo '{\"Username\":\"<token>\",\"Secret\":\"s\"}';;\n"
                        + "bad) echo sorry; exit 3;;\n"
                        + "*) echo 'credentials not found in native keychain'; exit 1;;\nesac\n");
        String store =
                "{\"credsStore\":\"keys\",\"auths\":{\"https://index.docker.io/v1/\":{},\"f\":" + auth("f:1") + "}}";
        assertEquals(Login.password("hub", "s"), login(store, "docker.io", "library/r"));
        assertEquals(Login.identity("s"), login(store, "tokens", "r"));
        assertEquals(Login.password("f", "1"), login(store, "f", "r"));
        assertEquals(Login.ANONYMOUS, login(store, "other", "r"));
        String some = "{\"credHelpers\":{\"tokens\":\"keys\"}}";
        assertEquals(Login.identity("s"), login(some, "tokens", "r"));
        assertEquals(Login.ANONYMOUS, login(some, "docker.io", "r"));
        String message = assertThrows(ImageException.class, () -> login(store, "bad", "r"))
                .getMessage();
        assertTrue(message.startsWith("credential helper docker-credential-keys, which "), message);
        assertTrue(message.contains("it ends with 3: sorry"), message);
    }

    @Test
    void helpersThatAreNoneAreNamed() throws IOException {
        for (String name : List.of("absent", "../keys", "a b")) {
            String message = assertThrows(
                            ImageException.class, () -> login("{\"credsStore\":\"" + name + "\"}", "a", "r"))
                    .getMessage();
            assertTrue(message.contains("docker-credential-" + name), message);
        }
        helper("odd", "echo '{\"Secret\": hunter2'\n");
        String message = assertThrows(ImageException.class, () -> login("{\"credsStore\":\"odd\"}", "a", "r"))
                .getMessage();
        assertTrue(message.contains("its answer is not a JSON object"), message);
        assertFalse(message.contains("hunter2"), message);
        helper("long", "head -c 100000 /dev/zero\n");
        assertThrows(ImageException.class, () -> login("{\"credsStore\":\"long\"}", "a", "r"));
    }

    @Test
    void filesThatAreNoneAreNamedWithoutWhatTheySay() {
        for (String json : List.of("{\"auths\": hunter2}", "[]", "", "{\"auths\":{\"a\":{\"auth\":\"hunter2!\"}}}")) {
            String message = assertThrows(ImageException.class, () -> login(json, "a", "r"))
                    .getMessage();
            assertTrue(message.startsWith("credentials in " + directory.resolve("config.json")), message);
            assertFalse(message.contains("hunter2"), message);
        }
    }

    @Test
    void theEnvironmentSaysWhichFiles() {
        assertEquals(
                List.of(
                        Path.of("/run/containers/7/auth.json"),
                        Path.of("/h/.config/containers/auth.json"),
                        Path.of("/h/.docker/config.json")),
                LoginFiles.of(Map.of(), "/h", "7").files());
        assertEquals(
                List.of(
                        Path.of("/d/config.json"),
                        Path.of("/run/user/1/containers/auth.json"),
                        Path.of("/x/containers/auth.json")),
                LoginFiles.of(
                                Map.of(
                                        "DOCKER_CONFIG",
                                        "/d",
                                        "XDG_RUNTIME_DIR",
                                        "/run/user/1",
                                        "XDG_CONFIG_HOME",
                                        "/x"),
                                "/h",
                                "7")
                        .files());
        assertEquals(
                List.of(Path.of("/a.json")),
                LoginFiles.of(Map.of("REGISTRY_AUTH_FILE", "/a.json", "DOCKER_CONFIG", "/d"), "/h", "7")
                        .files());
    }
}
