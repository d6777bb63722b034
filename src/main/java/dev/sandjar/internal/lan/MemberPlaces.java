package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.network.NetworkMember;
import java.net.InetAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Who is in a network, under which name and addresses, and who leaves it; until it is closed. Thread-safe. */
final class MemberPlaces {
    static final int FIRST_PORT = 1000;
    /** Of a bridge, since Linux 6.18; before it is one more. */
    private static final int PORTS_MOST = 1023;

    private final NetworkLayout layout;
    private final ReentrantLock lock = new ReentrantLock();
    /** The lock guards these and all below. */
    private final AddressPool pool;

    private final Map<String, List<InetAddress>> running = new HashMap<>();
    private final Map<InetAddress, String> runningNames = new HashMap<>();
    private final Set<Place> places = new LinkedHashSet<>();
    /** Places of sandboxes that have ended, which are not free yet. */
    private final Map<Place, Departure> leaving = new LinkedHashMap<>();

    private int ports;
    private boolean closed;

    MemberPlaces(NetworkLayout layout) {
        this.layout = layout;
        this.pool = new AddressPool(layout.subnets());
    }

    /** The index of a port of the bridge, which nobody else gets. */
    int newPort() {
        lock.lock();
        try {
            return FIRST_PORT + ports++;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A place, which is to be given back by {@link #free}.
     *
     * @param port which is prepared
     * @param position of the network among those of the sandbox
     */
    Place take(OpenNetwork network, NetworkMember member, int port, int position, String step) throws SandboxException {
        String name = member.name().orElse("");
        for (Departure before = departure(name); before != null; before = departure(name)) {
            before.end(Departure.PATIENCE);
        }
        if (isFull()) {
            departures().forEach(Departure::end);
        }
        lock.lock();
        try {
            requireOpen(step);
            if (running.containsKey(name)) {
                throw new SandboxException(
                        step,
                        null,
                        null,
                        0,
                        "another sandbox is its member " + name + " at this time",
                        "end that one first, or use member(\"...\") with another name, or member()");
            }
            int number = name.isEmpty() ? pool.take() : pool.reserve(name);
            if (number == 0) {
                throw full(step, pool.exhausted());
            }
            List<InetAddress> addresses = pool.addresses(number);
            if (!name.isEmpty()) {
                running.put(name, addresses);
                addresses.forEach(address -> runningNames.put(address, name));
            }
            Place place = new Place(network, OpenNetwork.FIRST_INSIDE + position, number, port, name, addresses);
            places.add(place);
            return place;
        } finally {
            lock.unlock();
        }
    }

    /** Of who was this member before. */
    private @Nullable Departure departure(String name) {
        lock.lock();
        try {
            return leaving.entrySet().stream()
                    .filter(each -> !name.isEmpty() && each.getKey().name().equals(name))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
        } finally {
            lock.unlock();
        }
    }

    /** Of sandboxes that have ended, and still have places. */
    List<Departure> departures() {
        lock.lock();
        try {
            return List.copyOf(leaving.values());
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is no room beside those that have ended. */
    private boolean isFull() {
        lock.lock();
        try {
            return places.size() + leaving.size() >= PORTS_MOST || !pool.hasRoom();
        } finally {
            lock.unlock();
        }
    }

    static SandboxException full(String step, String cause) {
        return new SandboxException(
                step, null, null, 0, cause, "end sandboxes that are attached, or open a network with a larger subnet");
    }

    /** Nobody finds the member any more, but who still gets something of it. */
    void leaves(Place place, Departure departure) {
        lock.lock();
        try {
            forget(place);
            leaving.put(place, departure);
        } finally {
            lock.unlock();
        }
    }

    private void forget(Place place) {
        if (places.remove(place) && running.remove(place.name()) != null) {
            place.addresses().forEach(runningNames::remove);
        }
    }

    void free(Place place) {
        lock.lock();
        try {
            forget(place);
            leaving.remove(place);
            pool.giveBack(place.number());
        } finally {
            lock.unlock();
        }
    }

    List<Place> all() {
        lock.lock();
        try {
            return List.copyOf(places);
        } finally {
            lock.unlock();
        }
    }

    /** Of the member of that name who is there now. */
    @Nullable
    List<InetAddress> addresses(String name) {
        lock.lock();
        try {
            return running.get(name);
        } finally {
            lock.unlock();
        }
    }

    /** Of who has the address now. */
    @Nullable
    String name(InetAddress address) {
        lock.lock();
        try {
            return runningNames.get(address);
        } finally {
            lock.unlock();
        }
    }

    List<InetAddress> reserve(String name) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the network " + layout + " is closed");
            }
            return pool.addresses(pool.reserve(name));
        } finally {
            lock.unlock();
        }
    }

    /** All that were ever given to a name. */
    Map<String, List<InetAddress>> names() {
        lock.lock();
        try {
            return Collections.unmodifiableMap(pool.names());
        } finally {
            lock.unlock();
        }
    }

    void requireOpen(String step) throws SandboxException {
        lock.lock();
        try {
            if (closed) {
                throw new SandboxException(
                        step, null, null, 0, "the network " + layout.name() + " is closed", "open another network");
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this is what has closed it. */
    boolean close() {
        lock.lock();
        try {
            boolean open = !closed;
            closed = true;
            return open;
        } finally {
            lock.unlock();
        }
    }
}
