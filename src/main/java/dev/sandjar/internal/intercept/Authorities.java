package dev.sandjar.internal.intercept;

import dev.sandjar.Network;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The certificate authority of one sandbox, made when it is first needed and again when it has become old. Thread-safe. */
public final class Authorities {
    private final Network network;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Authority current;

    public Authorities(Network network) {
        this.network = network;
    }

    /** That of the next start. */
    public Authority current() {
        Authority known = current;
        if (known != null && !known.isOld()) {
            return known;
        }
        lock.lock();
        try {
            known = current;
            if (known == null || known.isOld()) {
                known = Authority.of(network);
                current = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }
}
