package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.nft.FirewallMessages;
import dev.sandjar.network.Firewall;
import java.util.concurrent.locks.ReentrantLock;

/** The firewall of one sandbox, which is in the network namespace of that. Thread-safe. */
final class LiveFirewall implements AutoCloseable {
    private final Keeper keeper;
    private final long namespace;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock. */
    private boolean closed;

    /** @param namespace which the keeper keeps until this is closed */
    LiveFirewall(Keeper keeper, long namespace) {
        this.keeper = keeper;
        this.namespace = namespace;
    }

    /** @throws IllegalStateException if it is closed */
    void replace(Firewall firewall, String step) throws SandboxException {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the sandbox has ended, and its network with it");
            }
            keeper.changeRules(namespace, FirewallMessages.replace(firewall), NetworkFeature.FIREWALL, step);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                keeper.drop(namespace);
            }
        } finally {
            lock.unlock();
        }
    }
}
