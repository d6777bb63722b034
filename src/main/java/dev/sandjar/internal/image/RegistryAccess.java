package dev.sandjar.internal.image;

import dev.sandjar.DataSize;
import dev.sandjar.image.PullProgress;
import dev.sandjar.image.Registry;
import dev.sandjar.internal.util.Checks;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a registry is talked to.
 *
 * @param plain http instead of https
 * @param parallel contents at once
 * @param stall after so long without a byte a transfer is tried again
 */
public record RegistryAccess(
        LoginSource login,
        boolean plain,
        int parallel,
        Duration stall,
        @Nullable SSLContext tls,
        Progress progress,
        Proxies proxies,
        Retries retries)
        implements Registry {
    private static final int PARALLEL_MAX = 64;
    private static final int STALL_MAX_MILLIS = 3_600_000;

    private static final int PARALLEL = 4;
    private static final Duration STALL = Duration.ofSeconds(60);

    /** Receives how many bytes have come. */
    public interface Progress {
        void came(String digest, long bytes, long total);
    }

    public static RegistryAccess by(LoginSource login) {
        return new RegistryAccess(
                login,
                false,
                PARALLEL,
                STALL,
                null,
                (digest, bytes, total) -> {},
                Proxies.usual(System.getenv()),
                new Retries(Sleeper.SLEEP, Clock.systemUTC()));
    }

    public RegistryAccess withLogin(LoginSource changed) {
        return new RegistryAccess(changed, plain, parallel, stall, tls, progress, proxies, retries);
    }

    public RegistryAccess withPlain() {
        return new RegistryAccess(login, true, parallel, stall, tls, progress, proxies, retries);
    }

    public RegistryAccess withParallel(int changed) {
        return new RegistryAccess(login, plain, changed, stall, tls, progress, proxies, retries);
    }

    public RegistryAccess withStall(Duration changed) {
        return new RegistryAccess(login, plain, parallel, changed, tls, progress, proxies, retries);
    }

    public RegistryAccess withTls(SSLContext changed) {
        return new RegistryAccess(login, plain, parallel, stall, changed, progress, proxies, retries);
    }

    public RegistryAccess withProgress(Progress changed) {
        return new RegistryAccess(login, plain, parallel, stall, tls, changed, proxies, retries);
    }

    public RegistryAccess withProxies(Proxies changed) {
        return new RegistryAccess(login, plain, parallel, stall, tls, progress, changed, retries);
    }

    public RegistryAccess withRetries(Retries changed) {
        return new RegistryAccess(login, plain, parallel, stall, tls, progress, proxies, changed);
    }

    @Override
    public Registry credentials(String user, String password) {
        return withLogin(
                Login.password(Objects.requireNonNull(user, "user"), Objects.requireNonNull(password, "password")));
    }

    @Override
    public Registry bearer(String token) {
        return withLogin(Login.bearer(Objects.requireNonNull(token, "token")));
    }

    @Override
    public Registry plainHttp() {
        return withPlain();
    }

    @Override
    public Registry tls(SSLContext context) {
        return withTls(Objects.requireNonNull(context, "context"));
    }

    @Override
    public Registry parallel(int count) {
        return withParallel(Checks.range("number of parallel transfers", count, 1, PARALLEL_MAX));
    }

    @Override
    public Registry stallTimeout(Duration time) {
        Objects.requireNonNull(time, "time");
        Checks.range("stall timeout in ms", time.toMillis(), 1, STALL_MAX_MILLIS);
        return withStall(time);
    }

    @Override
    public Registry onProgress(PullProgress listener) {
        Objects.requireNonNull(listener, "listener");
        return withProgress(
                (digest, bytes, total) -> listener.received(digest, DataSize.bytes(bytes), DataSize.bytes(total)));
    }

    /** Without secrets. */
    @Override
    public String toString() {
        String who = login.toString();
        return "Registry(" + (plain ? "http" : "https") + (who.isEmpty() ? "" : ", " + who) + ")";
    }
}
