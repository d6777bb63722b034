package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.nft.CounterMessages;
import dev.sandjar.internal.nft.FirewallMessages;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A firewall in the network namespace of one sandbox: its own, or that of one of its networks. Thread-safe. */
final class LiveFirewall implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveFirewall.class);

    private final Keeper keeper;
    private final long namespace;
    private final FirewallMessages messages;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as is what follows. */
    private boolean closed;

    private @Nullable Firewall current;
    private @Nullable FirewallCounters last;

    /** @param namespace which the keeper keeps until after this is closed */
    LiveFirewall(Keeper keeper, long namespace, FirewallMessages messages) {
        this.keeper = keeper;
        this.namespace = namespace;
        this.messages = messages;
    }

    /** @throws IllegalStateException if it is closed */
    void replace(Firewall firewall, String step) throws SandboxException {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the sandbox has ended, and its network with it");
            }
            keeper.changeRules(namespace, messages.replace(firewall), NetworkFeature.FIREWALL, step);
            current = firewall;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What it has counted; after the end, what it had counted by then.
     *
     * @throws IllegalStateException if that is not known
     */
    FirewallCounters counters() throws SandboxException {
        lock.lock();
        try {
            if (!closed) {
                return read();
            }
            if (last == null) {
                throw new IllegalStateException("the sandbox has ended, and what its firewall counted was not read");
            }
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** What it had counted at the end, if it is known. */
    Optional<FirewallCounters> last() {
        lock.lock();
        try {
            return Optional.ofNullable(last);
        } finally {
            lock.unlock();
        }
    }

    private FirewallCounters read() throws SandboxException {
        Firewall asked = current;
        if (asked == null) {
            throw new IllegalStateException("there is no firewall yet");
        }
        return CounterMessages.read(
                asked,
                keeper.askForRules(namespace, messages.askForCounters(asked), "read the counters of the firewall"));
    }

    private void readLast() {
        try {
            last = current == null ? null : read();
        } catch (SandboxException | ProtocolException e) {
            LOG.debug("What the firewall of a sandbox counted is not known", e);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                readLast();
                closed = true;
            }
        } finally {
            lock.unlock();
        }
    }
}
