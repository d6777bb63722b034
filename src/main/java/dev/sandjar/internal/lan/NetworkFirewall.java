package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.network.Firewall;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** The firewall of a whole network, which is in the network namespace of each member. Thread-safe. */
final class NetworkFirewall {
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as is what follows. */
    private final Set<LiveFirewall> members = new LinkedHashSet<>();

    private Firewall current;

    /** @param name of the network */
    NetworkFirewall(String name, Firewall first) {
        this.name = name;
        this.current = first;
    }

    Firewall current() {
        lock.lock();
        try {
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** Of a member that has no interface there yet. */
    void add(LiveFirewall member) throws SandboxException {
        lock.lock();
        try {
            member.replace(current, "set the firewall of the network " + name);
            members.add(member);
        } finally {
            lock.unlock();
        }
    }

    void remove(LiveFirewall member) {
        lock.lock();
        try {
            members.remove(member);
        } finally {
            lock.unlock();
        }
    }

    /**
     * For each member one after the other, and for those that come.
     *
     * @throws SandboxException if a member has the old one still
     */
    void replace(Firewall next) throws SandboxException {
        lock.lock();
        try {
            current = next;
            Attempts.each(members, member -> member.replace(next, "replace the firewall of the network " + name));
        } finally {
            lock.unlock();
        }
    }
}
