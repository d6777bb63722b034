package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.LiveFaults;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.nft.BlockMessages;
import dev.sandjar.network.Fault;
import dev.sandjar.network.FaultEvent;
import dev.sandjar.network.LinkQuality;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The faults of a network that is open. Thread-safe. */
final class OpenFaults implements LiveFaults {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFaults.class);
    private static final int EVENTS = 10_000;
    private static final int WAYS = 4096;
    private static final Comparator<Way> BY_NAME =
            Comparator.comparing(Way::from).thenComparing(Way::to);

    private final OpenNetwork network;
    private final ReentrantLock lock = new ReentrantLock();
    /** Members that run, by their names; guarded by the lock, as is what follows. */
    private final Map<String, Place> places = new HashMap<>();

    private final Set<Held> faults = new LinkedHashSet<>();
    private final Deque<FaultEvent> events = new ArrayDeque<>();
    private final Links links;
    private final Detour detour;
    private boolean hasRules;
    private volatile NameFaults names = NameFaults.NONE;
    private boolean toldFailure;

    OpenFaults(OpenNetwork network) {
        this.network = network;
        this.links = new Links(network);
        this.detour = new Detour(network);
    }

    private final class Held implements Fault {
        private final String text;
        private final Set<Way> ways;
        /** Of the first of two ways, and back; null if all is lost. */
        private final @Nullable LinkQuality quality;

        private final @Nullable Way back;
        private final @Nullable OfNames names;

        Held(String text, OfNames names) {
            this.text = text;
            this.ways = Set.of();
            this.quality = null;
            this.back = null;
            this.names = names;
        }

        Held(String text, Set<Way> ways, @Nullable LinkQuality quality, @Nullable Way back) {
            this.names = null;
            this.text = text;
            this.ways = Set.copyOf(ways);
            this.quality = quality;
            this.back = back;
        }

        boolean isAbout(String name) {
            return ways.stream()
                    .anyMatch(way -> way.from().equals(name) || way.to().equals(name));
        }

        boolean losesAll() {
            return quality == null || quality.loss() == 1;
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
                    look();
                    List<Held> others = new ArrayList<>(faults);
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
        return begin(new Held(text, ways, null, null));
    }

    @Override
    public Fault link(String text, Way way, boolean both, LinkQuality quality) throws SandboxException {
        Set<Way> ways = both ? Set.of(way, way.back()) : Set.of(way);
        lock.lock();
        try {
            for (Held fault : faults) {
                if (fault.quality != null && !Collections.disjoint(fault.ways, ways)) {
                    throw new IllegalStateException(
                            "there is one between both already, which has to be ended first: " + fault);
                }
            }
            return begin(new Held(text, ways, quality, both ? way.back() : null));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Fault names(String text, OfNames fault) throws SandboxException {
        return begin(new Held(text, fault));
    }

    /** What the name server makes of them. */
    NameFaults names() {
        return names;
    }

    private Fault begin(Held fault) throws SandboxException {
        lock.lock();
        try {
            network.places().requireOpen(fault.text);
            look();
            List<Held> all = new ArrayList<>(faults);
            all.add(fault);
            try {
                apply(all, fault.text);
            } catch (SandboxException | RuntimeException | Error e) {
                restore(e);
                throw e;
            }
            faults.add(fault);
            happened(FaultEvent.Kind.BEGAN, fault.text);
            return fault;
        } finally {
            lock.unlock();
        }
    }

    private void restore(Throwable cause) {
        try {
            apply(faults, "go on without the fault");
        } catch (SandboxException | RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public Set<Way> blocked() {
        lock.lock();
        try {
            Set<Way> all = new LinkedHashSet<>();
            faults.stream()
                    .filter(fault -> fault.quality == null)
                    .forEach(fault -> fault.ways.stream().sorted(BY_NAME).forEach(all::add));
            return all;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<Way, LinkQuality> linked() {
        lock.lock();
        try {
            Map<Way, LinkQuality> all = new LinkedHashMap<>();
            for (Held fault : faults) {
                LinkQuality quality = fault.quality;
                if (quality != null) {
                    fault.ways.stream().sorted(BY_NAME).forEach(way -> all.put(way, quality));
                }
            }
            all.keySet().removeAll(blocked());
            return all;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void heal() throws SandboxException {
        lock.lock();
        try {
            List<Held> all = List.copyOf(faults);
            if (all.isEmpty() || !network.isOpen()) {
                return;
            }
            look();
            apply(List.of(), "end all faults");
            faults.clear();
            all.forEach(fault -> happened(FaultEvent.Kind.ENDED, fault.text));
        } finally {
            lock.unlock();
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
            look();
            return List.copyOf(events);
        } finally {
            lock.unlock();
        }
    }

    /** Whether what carries links out is still there. */
    private void look() {
        String failure = links.failure().orElse(null);
        if (failure == null) {
            toldFailure = false;
        } else if (!toldFailure) {
            toldFailure = true;
            for (Held fault : faults) {
                if (fault.quality != null) {
                    happened(FaultEvent.Kind.FAILED, fault.text + " (" + failure + ")");
                }
            }
            LOG.warn(
                    "Links of the network {} lose all packets: what carried them out has ended: {}",
                    network.layout(),
                    failure);
        }
    }

    private void happened(FaultEvent.Kind kind, String text) {
        if (events.size() == EVENTS) {
            events.removeFirst();
        }
        events.addLast(new FaultEvent(Instant.now().truncatedTo(ChronoUnit.MILLIS), kind, text));
    }

    /** Of a member that nobody reaches yet. */
    void arrived(Place place) throws SandboxException {
        String step = "have the member " + place.name() + " meet the faults of its network";
        lock.lock();
        try {
            places.put(place.name(), place);
            if (faults.stream().anyMatch(fault -> fault.isAbout(place.name()))) {
                look();
                links.arrived(place, step);
                apply(faults, step);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isParted(Place place) {
        lock.lock();
        try {
            return faults.stream().anyMatch(fault -> fault.losesAll() && fault.isAbout(place.name()));
        } finally {
            lock.unlock();
        }
    }

    /** Rules about its port harm nobody: no other port gets its number. */
    void left(Place place) {
        lock.lock();
        try {
            if (places.remove(place.name(), place)) {
                links.left(place);
            }
        } catch (SandboxException e) {
            look();
            LOG.warn("A member that has ended is still a part of its links", e);
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            links.close();
        } finally {
            lock.unlock();
        }
    }

    private void apply(Collection<Held> wanted, String step) throws SandboxException {
        Set<Way> lost = new LinkedHashSet<>();
        Map<Way, LinkQuality> linked = new LinkedHashMap<>();
        Set<Way> back = new HashSet<>();
        for (Held fault : wanted) {
            for (Way way : fault.ways) {
                if (fault.quality == null) {
                    lost.add(way);
                } else {
                    linked.put(way, fault.quality);
                }
            }
            if (fault.back != null) {
                back.add(fault.back);
            }
        }
        linked.keySet().removeAll(lost);
        Set<Way> all = new LinkedHashSet<>(lost);
        all.addAll(linked.keySet());
        if (all.size() > WAYS) {
            throw new SandboxException(
                    step,
                    null,
                    null,
                    0,
                    all.size() + " ways from one member to another would be blocked or linked, and " + WAYS
                            + " are the most",
                    "part fewer members, or end faults");
        }
        links.end(linked.keySet(), lost, step);
        if (!all.isEmpty()) {
            detour.close(step);
        }
        if (!all.isEmpty() || hasRules) {
            block(all, step);
        }
        if (all.isEmpty()) {
            detour.open(step);
        }
        links.begin(linked, back, places, step);
        List<OfNames> ofNames = new ArrayList<>();
        for (Held fault : wanted) {
            if (fault.names != null) {
                ofNames.add(fault.names);
            }
        }
        names = NameFaults.of(ofNames);
        network.namesHaveChanged();
    }

    private void block(Set<Way> ways, String step) throws SandboxException {
        List<BlockMessages.Way> blocked = new ArrayList<>();
        for (Way way : ways) {
            Place from = places.get(way.from());
            Place to = places.get(way.to());
            if (from != null && to != null) {
                blocked.add(new BlockMessages.Way(from.port(), to.port()));
            }
        }
        network.keeper()
                .changeRules(
                        network.namespace(),
                        ways.isEmpty() ? BlockMessages.remove() : BlockMessages.replace(blocked),
                        NetworkFeature.PARTITION,
                        step);
        hasRules = !ways.isEmpty();
    }
}
