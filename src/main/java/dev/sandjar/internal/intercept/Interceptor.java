package dev.sandjar.internal.intercept;

import dev.sandjar.Network;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.network.HandedConnection;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.network.RequestEvent;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Carries on the connections of one running sandbox whose requests are read. There are as many as its relay accepts. Thread-safe. */
public final class Interceptor implements AutoCloseable {
    /** For what comes before anything else is said of it. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Kernel kernel;
    private final Authority authority;
    private final Duration forHead;
    private final Consumer<RequestEvent> events;
    private final Map<List<X509Certificate>, SSLSocketFactory> toHosts = new ConcurrentHashMap<>();
    private final Set<Conversation> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param events is given one for each request, and may block */
    public Interceptor(Kernel kernel, Network network, Authority authority, Consumer<RequestEvent> events) {
        this.kernel = kernel;
        this.authority = authority;
        this.forHead = network.bounds().firstBytes();
        this.events = events;
    }

    /** Returns at once. Takes the descriptor over. */
    public void take(int fd, HandedConnection connection) {
        IoThreads.background(() -> {
            try (DescriptorSocket raw = new DescriptorSocket(kernel, fd, PATIENCE)) {
                converse(raw, connection);
            }
        });
    }

    private void converse(DescriptorSocket raw, HandedConnection connection) throws IOException {
        Conversation conversation = new Conversation(
                kernel,
                connection,
                raw,
                authority.server(connection.name()),
                toHosts.computeIfAbsent(connection.rule().trusted(), Interceptor::toHost),
                forHead,
                events);
        open.add(conversation);
        try {
            if (closed) {
                conversation.abort();
            }
            conversation.run();
        } finally {
            open.remove(conversation);
        }
    }

    private static SSLSocketFactory toHost(List<X509Certificate> trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted.isEmpty() ? null : managers(trusted), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("TLS to hosts could not be set up", e);
        }
    }

    private static TrustManager @Nullable [] managers(List<X509Certificate> trusted)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry("ca" + i, trusted.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** Breaks off all of them. */
    @Override
    public void close() {
        closed = true;
        open.forEach(Conversation::abort);
    }
}
