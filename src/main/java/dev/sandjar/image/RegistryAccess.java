package dev.sandjar.image;

import dev.sandjar.internal.Nullable;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/**
 * How a registry is talked to.
 *
 * @param user and password: for basic authentication, or for getting a token; null for anonymous
 * @param token a bearer token that is already there, or null
 * @param plain http instead of https
 * @param parallel contents at once
 * @param stall after so long without a byte a transfer is tried again
 */
public record RegistryAccess(
        @Nullable String user,
        @Nullable String password,
        @Nullable String token,
        boolean plain,
        int parallel,
        Duration stall,
        @Nullable SSLContext tls,
        Progress progress) {
    /** Is told of bytes that have come. */
    public interface Progress {
        void came(String digest, long bytes, long total);
    }
}
