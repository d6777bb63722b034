package dev.sandjar.internal.image;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a registry is shown by somebody who may read it.
 *
 * @param user and password: for basic authentication, or for getting a token; null for nobody
 * @param identity a token by which a token server knows somebody (OAuth 2.0: a refresh token), or null
 * @param token a bearer token that is already there, or null
 */
public record Login(@Nullable String user, @Nullable String password, @Nullable String identity, @Nullable String token)
        implements LoginSource {
    public static final Login ANONYMOUS = new Login(null, null, null, null);

    public static Login password(String user, String password) {
        return new Login(user, password, null, null);
    }

    public static Login identity(String identity) {
        return new Login(null, null, identity, null);
    }

    public static Login bearer(String token) {
        return new Login(null, null, null, token);
    }

    @Override
    public Login of(String registry, String repository) {
        return this;
    }

    /** The value of a header, or null for somebody without a password. */
    @Nullable
    String basic() {
        if (user == null) {
            return null;
        }
        byte[] pair = (user + ":" + (password == null ? "" : password)).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return user != null ? "as " + user : identity != null || token != null ? "with a token" : "";
    }
}
