package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.LiveFaults;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.nft.BlockMessages;
import dev.sandjar.network.Fault;
import dev.sandjar.network.FaultEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The faults of a network that is open. Thread-safe. */
final class OpenFaults implements LiveFaults {
    private static final int EVENTS = 10_000;
    private static final int WAYS = 4096;

    private final OpenNetwork network;
    private final ReentrantLock lock = new ReentrantLock();
    /** Ports of members that run, by their names; guarded by the lock, as is what follows. */
    private final Map<String, Integer> ports = new HashMap<>();

    private final Set<Block> faults = new LinkedHashSet<>();
    private final Deque<FaultEvent> events = new ArrayDeque<>();
    private boolean hasRules;

    OpenFaults(OpenNetwork network) {
        this.network = network;
    }

    private final class Block implements Fault {
        private final String text;
        private final Set<Way> ways;

        Block(String text, Set<Way> ways) {
            this.text = text;
            this.ways = Set.copyOf(ways);
        }

        @Override
        public boolean isOpen() {
            lock.lock();
            try {
                return faults.contains(this) && network.isOpen();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() throws SandboxException {
            lock.lock();
            try {
                if (faults.contains(this) && network.isOpen()) {
                    List<Block> others = new ArrayList<>(faults);
                    others.remove(this);
                    apply(others, "end the fault: " + text);
                    faults.remove(this);
                    happened(FaultEvent.Kind.ENDED, text);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public String toString() {
            return text;
        }
    }

    @Override
    public Fault block(String text, Set<Way> ways) throws SandboxException {
        lock.lock();
        try {
            network.requireOpen(text);
            Block fault = new Block(text, ways);
            List<Block> all = new ArrayList<>(faults);
            all.add(fault);
            apply(all, text);
            faults.add(fault);
            happened(FaultEvent.Kind.BEGAN, text);
            return fault;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void heal() throws SandboxException {
        SandboxException first = null;
        for (Fault fault : current()) {
            try {
                fault.close();
            } catch (SandboxException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public List<Fault> current() {
        lock.lock();
        try {
            return network.isOpen() ? List.copyOf(faults) : List.of();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<FaultEvent> timeline() {
        lock.lock();
        try {
            return List.copyOf(events);
        } finally {
            lock.unlock();
        }
    }

    private void happened(FaultEvent.Kind kind, String text) {
        if (events.size() == EVENTS) {
            events.removeFirst();
        }
        events.addLast(new FaultEvent(Instant.now().truncatedTo(ChronoUnit.MILLIS), kind, text));
    }

    /** Of a member that nobody reaches yet. */
    void arrived(String name, int port) throws SandboxException {
        lock.lock();
        try {
            ports.put(name, port);
            if (faults.stream().anyMatch(fault -> fault.ways.stream()
                    .anyMatch(way -> way.from().equals(name) || way.to().equals(name)))) {
                apply(faults, "have the member " + name + " meet the faults of its network");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Rules about its port harm nobody: no other port gets its number. */
    void left(String name, int port) {
        lock.lock();
        try {
            ports.remove(name, port);
        } finally {
            lock.unlock();
        }
    }

    private void apply(Collection<Block> wanted, String step) throws SandboxException {
        Set<Way> all = new LinkedHashSet<>();
        wanted.forEach(fault -> all.addAll(fault.ways));
        if (all.size() > WAYS) {
            throw new SandboxException(
                    step,
                    null,
                    null,
                    0,
                    all.size() + " ways from one member to another would be blocked, and " + WAYS + " are the most",
                    "part fewer members, or end faults");
        }
        if (all.isEmpty() && !hasRules) {
            return;
        }
        List<BlockMessages.Way> blocked = new ArrayList<>();
        for (Way way : all) {
            @Nullable Integer from = ports.get(way.from());
            @Nullable Integer to = ports.get(way.to());
            if (from != null && to != null) {
                blocked.add(new BlockMessages.Way(from, to));
            }
        }
        network.keeper()
                .changeRules(
                        network.namespace(),
                        all.isEmpty() ? BlockMessages.remove() : BlockMessages.replace(blocked),
                        NetworkFeature.PARTITION,
                        step);
        hasRules = !all.isEmpty();
    }
}
