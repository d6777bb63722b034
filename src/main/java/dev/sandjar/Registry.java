package dev.sandjar;

import dev.sandjar.image.RegistryAccess;
import dev.sandjar.internal.Nullable;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * How to talk to a registry of images. An immutable value: each method returns a changed one. Credentials are sent to the registry, and
 * to the token server that it names, by https unless {@link #plainHttp()} was called; never to where it redirects.
 */
public final class Registry {
    private static final int PARALLEL = 4;
    private static final int PARALLEL_MAX = 64;
    private static final Duration STALL = Duration.ofSeconds(60);

    private final RegistryAccess access;

    private Registry(RegistryAccess access) {
        this.access = access;
    }

    /**
     * Without credentials, by https, four contents at once.
     *
     * @return the defaults
     */
    public static Registry anonymous() {
        return new Registry(
                new RegistryAccess(null, null, null, false, PARALLEL, STALL, null, (digest, bytes, total) -> {}));
    }

    RegistryAccess access() {
        return access;
    }

    private Registry with(
            @Nullable String user,
            @Nullable String password,
            @Nullable String token,
            boolean plain,
            int parallel,
            Duration stall,
            @Nullable SSLContext tls,
            RegistryAccess.Progress progress) {
        return new Registry(new RegistryAccess(user, password, token, plain, parallel, stall, tls, progress));
    }

    /**
     * With a user's password, for basic authentication (RFC 7617) and for getting tokens.
     *
     * @param user name
     * @param password or a token that serves as one
     * @return the changed access
     */
    public Registry credentials(String user, String password) {
        return with(
                Objects.requireNonNull(user, "user"),
                Objects.requireNonNull(password, "password"),
                null,
                access.plain(),
                access.parallel(),
                access.stall(),
                access.tls(),
                access.progress());
    }

    /**
     * With a bearer token (RFC 6750) that was got elsewhere.
     *
     * @param token the token
     * @return the changed access
     */
    public Registry bearer(String token) {
        return with(
                null,
                null,
                Objects.requireNonNull(token, "token"),
                access.plain(),
                access.parallel(),
                access.stall(),
                access.tls(),
                access.progress());
    }

    /**
     * By http without encryption: for a registry on this machine or in a network that is trusted. What is pulled is still held against
     * its digest, but a tag can then be made to mean anything.
     *
     * @return the changed access
     */
    public Registry plainHttp() {
        return with(
                access.user(),
                access.password(),
                access.token(),
                true,
                access.parallel(),
                access.stall(),
                access.tls(),
                access.progress());
    }

    /**
     * With other certificates than those that the JDK trusts.
     *
     * @param context of TLS
     * @return the changed access
     */
    public Registry tls(SSLContext context) {
        return with(
                access.user(),
                access.password(),
                access.token(),
                access.plain(),
                access.parallel(),
                access.stall(),
                Objects.requireNonNull(context, "context"),
                access.progress());
    }

    /**
     * How many contents are fetched at once.
     *
     * @param count 1 to 64; the default is 4
     * @return the changed access
     * @throws IllegalArgumentException if out of range
     */
    public Registry parallel(int count) {
        return with(
                access.user(),
                access.password(),
                access.token(),
                access.plain(),
                Checks.range("number of parallel transfers", count, 1, PARALLEL_MAX),
                access.stall(),
                access.tls(),
                access.progress());
    }

    /**
     * After how long without an answer or a byte a transfer is tried again.
     *
     * @param time 1 ms to an hour; the default is 60 seconds
     * @return the changed access
     * @throws IllegalArgumentException if out of range
     */
    public Registry stallTimeout(Duration time) {
        Checks.range("stall timeout in ms", time.toMillis(), 1, 3_600_000);
        return with(
                access.user(),
                access.password(),
                access.token(),
                access.plain(),
                access.parallel(),
                time,
                access.tls(),
                access.progress());
    }

    /**
     * Who is told how far a pull is.
     *
     * @param listener called by several threads
     * @return the changed access
     */
    public Registry onProgress(PullProgress listener) {
        Objects.requireNonNull(listener, "listener");
        return with(
                access.user(),
                access.password(),
                access.token(),
                access.plain(),
                access.parallel(),
                access.stall(),
                access.tls(),
                (digest, bytes, total) -> listener.received(digest, DataSize.bytes(bytes), DataSize.bytes(total)));
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "Registry(" + (access.plain() ? "http" : "https")
                + (access.user() != null ? ", as " + access.user() : access.token() != null ? ", with a token" : "")
                + ")";
    }
}
