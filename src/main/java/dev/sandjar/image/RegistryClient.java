package dev.sandjar.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.ImageException;
import dev.sandjar.ImageReference;
import dev.sandjar.internal.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests of the OCI distribution protocol, with what a registry wants to see before it answers. Credentials go to the registry and to
 * the token server that it names, never to where it redirects.
 */
final class RegistryClient {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int REDIRECTS_MAX = 5;
    private static final String HUB = "docker.io";
    private static final String HUB_HOST = "registry-1.docker.io";

    private final ImageReference reference;
    private final RegistryAccess access;
    private final HttpClient http;
    private final URI base;
    private final Map<String, String> authorization = new ConcurrentHashMap<>();

    RegistryClient(ImageReference reference, RegistryAccess access) {
        this.reference = reference;
        this.access = access;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1);
        if (access.tls() != null) {
            builder.sslContext(access.tls());
        }
        this.http = builder.build();
        String host = reference.registry().equals(HUB) ? HUB_HOST : reference.registry();
        this.base =
                URI.create((access.plain() ? "http://" : "https://") + host + "/v2/" + reference.repository() + "/");
        if (access.token() != null) {
            authorization.put("", "Bearer " + access.token());
        }
    }

    String about() {
        return "registry " + reference.registry() + " repository " + reference.repository();
    }

    /** The answer to a GET, whatever its status, after authentication and redirects. To be closed. */
    HttpResponse<InputStream> get(String path, Map<String, String> headers) throws IOException {
        URI uri = base.resolve(path);
        HttpResponse<InputStream> answer = send(uri, headers, authorization.get(""));
        if (answer.statusCode() == 401) {
            answer.body().close();
            String fresh = authorize(Challenge.of(answer.headers().allValues("WWW-Authenticate")));
            if (fresh == null) {
                throw new ImageException(
                        about(), "it wants to know who asks (401)", "give Registry credentials that may read it");
            }
            authorization.put("", fresh);
            answer = send(uri, headers, fresh);
        }
        for (int i = 0; isRedirect(answer.statusCode()) && i < REDIRECTS_MAX; i++) {
            answer.body().close();
            URI next = uri.resolve(answer.headers()
                    .firstValue("Location")
                    .orElseThrow(() -> new ImageException(about(), "it redirects to nowhere", "")));
            boolean known = "https".equals(next.getScheme()) || (access.plain() && "http".equals(next.getScheme()));
            if (!known || next.getHost() == null) {
                throw new ImageException(about(), "it redirects to " + next.getScheme() + ", which is not safe", "");
            }
            boolean same = next.getAuthority().equals(base.getAuthority())
                    && next.getScheme().equals(base.getScheme());
            answer = send(next, headers, same ? authorization.get("") : null);
            uri = next;
        }
        return answer;
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private HttpResponse<InputStream> send(URI uri, Map<String, String> headers, @Nullable String authorize)
            throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).timeout(access.stall()).GET();
        headers.forEach(request::header);
        if (authorize != null) {
            request.header("Authorization", authorize);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while talking to " + reference.registry());
        } catch (IOException e) {
            throw Unanswered.explained(uri, e, access.plain());
        }
    }

    /** The value of the header that answers a challenge, or null if that is not possible. */
    private @Nullable String authorize(Challenge challenge) throws IOException {
        if (challenge.scheme().equals("basic")) {
            return basic();
        }
        if (!challenge.scheme().equals("bearer")) {
            return null;
        }
        return token(challenge);
    }

    private @Nullable String basic() {
        if (access.user() == null) {
            return null;
        }
        byte[] pair = (access.user() + ":" + (access.password() == null ? "" : access.password()))
                .getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    private String token(Challenge challenge) throws IOException {
        String realm = challenge.parameters().getOrDefault("realm", "");
        boolean safe = realm.startsWith("https://") || (access.plain() && realm.startsWith("http://"));
        if (!safe) {
            throw new ImageException(about(), "it sends to a token server that is not safe: " + realm, "");
        }
        StringBuilder query = new StringBuilder(realm).append(realm.contains("?") ? "&" : "?");
        String scope = challenge.parameters().getOrDefault("scope", "repository:" + reference.repository() + ":pull");
        query.append("scope=").append(URLEncoder.encode(scope, StandardCharsets.UTF_8));
        String service = challenge.parameters().get("service");
        if (service != null) {
            query.append("&service=").append(URLEncoder.encode(service, StandardCharsets.UTF_8));
        }
        URI uri;
        try {
            uri = URI.create(query.toString());
        } catch (IllegalArgumentException e) {
            throw new ImageException(about(), "the address of its token server is malformed", "");
        }
        HttpResponse<InputStream> answer = send(uri, Map.of(), basic());
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new ImageException(
                        about(), "its token server answers " + answer.statusCode(), "check the credentials");
            }
            JsonNode node = Json.parse(body.readNBytes(Json.MAX), "answer of the token server");
            String token = Json.text(node, "token", Json.text(node, "access_token", "", "token"), "token");
            if (token.isEmpty() || !token.matches("[A-Za-z0-9._~+/=-]+")) {
                throw new ImageException(about(), "its token server gives no token", "");
            }
            return "Bearer " + token;
        }
    }
}
