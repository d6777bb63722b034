package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.Sandjar;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Requests of the OCI distribution protocol, with what a registry wants to see before it answers. Credentials go to the registry and to
 * the token server that it names, never to where it redirects. Thread-safe.
 */
final class RegistryClient implements AutoCloseable {
    private static final int REDIRECTS_MAX = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    /** Beside those from 500 on: too slow, too early, too many. */
    private static final Set<Integer> TEMPORARY = Set.of(408, 425, 429);

    private static final String HUB = "docker.io";
    private static final String HUB_HOST = "registry-1.docker.io";
    private static final String CLIENT = "sandjar";

    private final ImageReference reference;
    private final RegistryAccess access;
    private final Http http;
    private final URI base;
    private final AtomicReference<@Nullable Login> found = new AtomicReference<>();
    private final AtomicReference<@Nullable String> authorization = new AtomicReference<>();
    private final AtomicBoolean answered = new AtomicBoolean();

    RegistryClient(ImageReference reference, RegistryAccess access) {
        this.reference = reference;
        this.access = access;
        this.http = new Http(access.tls(), access.proxies(), access.stall());
        String host = reference.registry().equals(HUB) ? HUB_HOST : reference.registry();
        this.base =
                URI.create((access.plain() ? "http://" : "https://") + host + "/v2/" + reference.repository() + "/");
    }

    String about() {
        return "registry " + reference.registry() + " repository " + reference.repository();
    }

    /** What can be tried as often as one likes. */
    interface Attempt<T> {
        T make() throws IOException;
    }

    /** Tries it again, after a while, as long as it fails for a reason that may pass. */
    <T> T patiently(String subject, Attempt<T> attempt) throws IOException {
        for (int failures = 1; ; failures++) {
            try {
                T result = attempt.make();
                answered.set(true);
                return result;
            } catch (IOException e) {
                if (failures == Retries.TRIES || !mayPass(e)) {
                    if (e instanceof NoAnswerException unanswered) {
                        throw unanswered.shown();
                    }
                    throw e instanceof ImageException || isInterrupt(e) ? e : givenUp(subject, failures, e);
                }
                pause(subject, failures, e);
            }
        }
    }

    /**
     * Waits before another attempt.
     *
     * @param e what made the last one fail, or null
     * @throws ImageException if that would be too long
     */
    void pause(String subject, int failures, @Nullable IOException e) throws IOException {
        Duration asked = e instanceof ServerBusyException later ? later.asked() : null;
        if (e != null && asked != null && asked.compareTo(Retries.WAIT_MAX) > 0) {
            ImageException failure = new ImageException(
                    about() + " " + subject,
                    e.getMessage() + ", and asks to wait for " + asked.toSeconds() + " s",
                    "pull again then");
            failure.initCause(e);
            throw failure;
        }
        access.retries().pause(failures, asked);
    }

    private boolean mayPass(IOException e) {
        if (e instanceof ImageException || isInterrupt(e)) {
            return false;
        }
        return answered.get() || !(e instanceof NoAnswerException unanswered && unanswered.isLasting());
    }

    private static boolean isInterrupt(IOException e) {
        return e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
    }

    private ImageException givenUp(String subject, int times, IOException e) {
        ImageException failure = new ImageException(
                about() + " " + subject, words(e) + (times > 1 ? ", " + times + " times" : ""), "pull again later");
        failure.initCause(e);
        return failure;
    }

    static String words(IOException e) {
        return e instanceof SocketTimeoutException ? NoAnswerException.SILENT : String.valueOf(e.getMessage());
    }

    /** The answer to a GET, whatever its status, after authentication and redirects. To be closed. */
    HttpAnswer get(String path, Map<String, String> headers) throws IOException {
        HttpAnswer answer = send(base.resolve(path), headers, initial());
        if (answer.status() == 401) {
            String fresh = authorized(answer);
            authorization.set(fresh);
            answer = send(answer.uri(), headers, fresh);
        }
        for (int i = 0; REDIRECTS.contains(answer.status()) && i < REDIRECTS_MAX; i++) {
            URI next;
            try (HttpAnswer redirect = answer) {
                next = target(redirect);
            }
            boolean same = next.getAuthority().equals(base.getAuthority())
                    && next.getScheme().equals(base.getScheme());
            answer = send(next, headers, same ? authorization.get() : null);
        }
        return answer;
    }

    /** What a refusal asks for. The answer is read and closed. */
    private String authorized(HttpAnswer refusal) throws IOException {
        try (refusal) {
            String fresh = authorize(Challenge.of(refusal.headers("WWW-Authenticate")));
            String words = RegistryWords.of(refusal);
            if (fresh == null) {
                throw new ImageException(
                        about(),
                        "it requires credentials (401)" + words,
                        "give Registry credentials that may read it, or leave some by docker login and use"
                                + " Registry.configured()");
            }
            return fresh;
        }
    }

    private URI target(HttpAnswer answer) throws IOException {
        String location = answer.header("Location").orElse("");
        try {
            URI next = answer.uri().resolve(location);
            boolean safe = "https".equals(next.getScheme()) || (access.plain() && "http".equals(next.getScheme()));
            if (!safe || next.getHost() == null) {
                throw new ImageException(about(), "it redirects to " + next.getScheme() + ", which is not safe", "");
            }
            return next;
        } catch (IllegalArgumentException e) {
            throw new ImageException(about(), "it redirects to a malformed address", "");
        }
    }

    /** A refusal of what was asked for, or the reason to ask again later. The answer is read and closed. */
    IOException refusal(HttpAnswer answer, String subject) throws IOException {
        try (answer) {
            int status = answer.status();
            String words = "it answers " + status + RegistryWords.of(answer);
            if (status >= 500 || TEMPORARY.contains(status)) {
                return new ServerBusyException(
                        words,
                        answer.header("Retry-After")
                                .map(access.retries()::asked)
                                .orElse(null));
            }
            String remedy = status == 404
                    ? "check name and tag"
                    : status == 403 || status == 401 ? "check the credentials" : "";
            return new ImageException(about() + " " + subject, words, remedy);
        }
    }

    private HttpAnswer send(URI uri, Map<String, String> headers, @Nullable String authorize) throws IOException {
        return send(uri, headers, authorize, null);
    }

    private HttpAnswer send(URI uri, Map<String, String> headers, @Nullable String authorize, byte @Nullable [] form)
            throws IOException {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("User-Agent", CLIENT + "/" + Sandjar.version());
        if (authorize != null) {
            all.put("Authorization", authorize);
        }
        try {
            return http.send(uri, all, form);
        } catch (IOException e) {
            if (isInterrupt(e)) {
                throw e;
            }
            throw new NoAnswerException(uri, e, access.plain());
        }
    }

    // ---- who asks

    private Login login() throws IOException {
        Login known = found.get();
        if (known == null) {
            known = access.login().of(reference.registry(), reference.repository());
            found.set(known);
        }
        return known;
    }

    private @Nullable String initial() {
        String known = authorization.get();
        // Where it has to be looked for, that waits until the registry wants it.
        String given = known == null && access.login() instanceof Login login ? login.token() : null;
        return given == null ? known : "Bearer " + given;
    }

    /** The value of the header that answers a challenge, or null if that is not possible. */
    private @Nullable String authorize(Challenge challenge) throws IOException {
        if (challenge.scheme().equals("basic")) {
            return login().basic();
        }
        if (!challenge.scheme().equals("bearer")) {
            return null;
        }
        String given = login().token();
        return given == null ? token(challenge) : "Bearer " + given;
    }

    private String token(Challenge challenge) throws IOException {
        String realm = challenge.parameters().getOrDefault("realm", "");
        boolean safe = realm.startsWith("https://") || (access.plain() && realm.startsWith("http://"));
        if (!safe) {
            throw new ImageException(about(), "it names a token server without TLS: " + realm, "");
        }
        Map<String, String> form = new LinkedHashMap<>();
        // Whatever the challenge says: who has another repository's name in it would be sent a token for that.
        form.put("scope", "repository:" + reference.repository() + ":pull");
        String service = challenge.parameters().get("service");
        if (service != null) {
            form.put("service", service);
        }
        String identity = login().identity();
        try (HttpAnswer answer = identity == null ? asked(realm, form) : exchanged(realm, form, identity)) {
            if (answer.status() != 200) {
                throw refusal(answer, "token server");
            }
            JsonNode node = Json.parse(whole(answer, "token server"), about() + " answer of the token server");
            String token = Json.text(node, "token", Json.text(node, "access_token", "", "token"), "token");
            if (token.isEmpty() || !token.matches("[A-Za-z0-9._~+/=-]+")) {
                throw new ImageException(about(), "its token server gives no token", "");
            }
            return "Bearer " + token;
        }
    }

    private HttpAnswer asked(String realm, Map<String, String> form) throws IOException {
        return send(address(realm + (realm.contains("?") ? "&" : "?") + encoded(form)), Map.of(), login().basic());
    }

    /** As OAuth 2.0 has it (RFC 6749, 6). */
    private HttpAnswer exchanged(String realm, Map<String, String> form, String identity) throws IOException {
        form.put("grant_type", "refresh_token");
        form.put("client_id", CLIENT);
        form.put("refresh_token", identity);
        return send(address(realm), Map.of(), null, encoded(form).getBytes(StandardCharsets.US_ASCII));
    }

    private static String encoded(Map<String, String> form) {
        StringBuilder text = new StringBuilder();
        form.forEach((name, value) -> text.append(text.length() == 0 ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return text.toString();
    }

    private URI address(String text) throws ImageException {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new ImageException(about(), "the address of its token server is malformed", "");
    }

    /** All of a small body. */
    byte[] whole(HttpAnswer answer, String subject) throws IOException {
        try (InputStream body = answer.body()) {
            byte[] text = body.readNBytes(Json.MAX + 1);
            if (text.length > Json.MAX) {
                throw new ImageException(about() + " " + subject, "it has more than " + Json.MAX + " bytes", "");
            }
            return text;
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
