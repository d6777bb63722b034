package dev.sandjar.internal.intercept;

import dev.sandjar.Network;
import dev.sandjar.network.EgressRule;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The certificate authority of one sandbox. Its key is in the memory of this JVM alone and lives as long as its sandbox may be started or
 * runs. Thread-safe.
 */
public final class Authority {
    /** What clocks may be apart. */
    private static final Duration BEFORE = Duration.ofHours(1);

    private static final Duration VALID = Duration.ofDays(90);
    /** So that what is started runs for sixty days at least before it meets one that is not valid any more. */
    private static final Duration OLD = Duration.ofDays(30);

    private static final Duration SERVER_VALID = Duration.ofDays(2);
    private static final Duration SERVER_OLD = Duration.ofDays(1);

    /** Kept for programs that come back without a ticket, which a program can do at will. */
    private static final int SESSIONS_MAX = 64;

    private final Instant made = Instant.now();
    private final Certificates.Signed own;
    private final TrustFiles files;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock. */
    private final Map<String, Server> servers = new HashMap<>();

    private record Server(SSLContext context, Instant made) {}

    private Authority(Network network) {
        TreeSet<String> names = new TreeSet<>();
        network.rules().egress().stream()
                .filter(EgressRule::isIntercepted)
                .forEach(rule -> names.add(rule.name().orElseThrow()));
        own = Certificates.authority(names, made.minus(BEFORE), made.plus(VALID));
        files = TrustFiles.of(own.certificate());
    }

    /** Whether a network needs one. */
    public static boolean isNeeded(Network network) {
        return network.rules().egress().stream().anyMatch(EgressRule::isIntercepted);
    }

    static Authority of(Network network) {
        return new Authority(network);
    }

    /** Whether the next start is to have another. */
    public boolean isOld() {
        return Instant.now().isAfter(made.plus(OLD));
    }

    /** By which programs inside trust it. */
    public TrustFiles files() {
        return files;
    }

    /** For the end of a program's TLS, as the server of this name. */
    SSLContext server(String name) {
        lock.lock();
        try {
            Server known = servers.get(name);
            Instant now = Instant.now();
            if (known == null || now.isAfter(known.made.plus(SERVER_OLD))) {
                known = new Server(context(name, now), now);
                servers.put(name, known);
            }
            return known.context;
        } finally {
            lock.unlock();
        }
    }

    private SSLContext context(String name, Instant now) {
        Certificates.Signed server = Certificates.server(own, name, now.minus(BEFORE), now.plus(SERVER_VALID));
        char[] none = {};
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(
                    "server", server.key(), none, new Certificate[] {server.certificate(), own.certificate()});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, none);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            context.getServerSessionContext().setSessionCacheSize(SESSIONS_MAX);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("TLS could not be set up for " + name, e);
        }
    }
}
