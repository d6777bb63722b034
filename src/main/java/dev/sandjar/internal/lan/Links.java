package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.LiveFaults.Way;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Cable;
import dev.sandjar.network.LinkQuality;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is delayed or lost in a network, and the process that does it, as long as there is something. Not thread-safe. */
final class Links {
    private static final double ALL_LOST = 0x1p32;
    private static final long WAITING = 16L << 20;
    private static final long BEHIND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final double BEHIND_BYTES = 64 * 1024;
    private static final double NANOS = 1e9;

    /** So that both directions lose other packets. */
    private static final long OTHER_DIRECTION = 0x632b_e59b_d9b4_e019L;

    private final OpenNetwork network;
    private final Map<String, Integer> ports = new HashMap<>();
    private final Map<Way, Integer> numbers = new HashMap<>();
    private final BitSet used = new BitSet();
    private @Nullable Cable cable;
    private @Nullable String broken;

    Links(OpenNetwork network) {
        this.network = network;
    }

    private static Cable.Way of(LinkQuality quality, boolean back) {
        long rate = quality.rate().map(most -> most.toBytes()).orElse(0L);
        long behind = rate == 0 ? 0 : Math.max(BEHIND_NANOS, (long) (BEHIND_BYTES / rate * NANOS));
        long seed = quality.seed().orElseThrow();
        return new Cable.Way(
                quality.delay().toNanos(),
                quality.jitter().toNanos(),
                (long) (quality.loss() * ALL_LOST),
                rate,
                behind,
                WAITING,
                back ? seed + OTHER_DIRECTION : seed);
    }

    /** Why what there is holds no longer: it is lost all, instead. */
    Optional<String> failure() {
        Cable now = cable;
        if (now != null) {
            now.ended().ifPresent(why -> {
                broken = why;
                cable = null;
            });
        }
        return Optional.ofNullable(broken);
    }

    /** Ends those that are not wanted any more: what waits there goes through, but on ways that are lost. */
    void end(Set<Way> wanted, Set<Way> lost, String step) throws SandboxException {
        Map<Integer, Boolean> ended = new LinkedHashMap<>();
        numbers.forEach((way, number) -> {
            if (!wanted.contains(way)) {
                ended.put(number, lost.contains(way));
            }
        });
        if (!ended.isEmpty() && failure().isEmpty() && cable != null) {
            cable.end(ended, step);
        }
        numbers.values().removeAll(ended.keySet());
        ended.keySet().forEach(used::clear);
        if (numbers.isEmpty() && wanted.isEmpty()) {
            close();
            broken = null;
        }
    }

    /** Begins those that there are not yet. */
    void begin(Map<Way, LinkQuality> wanted, Set<Way> back, Map<String, Place> places, String step)
            throws SandboxException {
        List<Map.Entry<Way, LinkQuality>> missing = new ArrayList<>(wanted.entrySet());
        missing.removeIf(each -> numbers.containsKey(each.getKey()));
        if (missing.isEmpty()) {
            return;
        }
        if (failure().isPresent()) {
            throw Cable.gone(step, failure().get());
        }
        Cable now = cable;
        if (now == null) {
            now = Cable.open(Kernel.get(), network.keeper(), network.namespace(), step);
            cable = now;
        }
        for (Map.Entry<Way, LinkQuality> each : missing) {
            Way way = each.getKey();
            int from = port(now, way.from(), places, step);
            int to = port(now, way.to(), places, step);
            int number = used.nextClearBit(0);
            if (number >= Cable.WAYS) {
                throw full(step, "there are " + number + " ways with delays or losses");
            }
            now.begin(number, from, to, of(each.getValue(), back.contains(way)), step);
            used.set(number);
            numbers.put(way, number);
        }
    }

    private static SandboxException full(String step, String cause) {
        return new SandboxException(step, null, null, 0, cause, "end links");
    }

    private int port(Cable now, String name, Map<String, Place> places, String step) throws SandboxException {
        Integer known = ports.get(name);
        if (known != null) {
            return known;
        }
        int number = ports.size();
        if (number >= Cable.PORTS) {
            throw full(step, number + " members have had links");
        }
        Place place = places.get(name);
        if (place != null) {
            connect(now, number, place, step);
        }
        ports.put(name, number);
        return number;
    }

    private void connect(Cable now, int number, Place place, String step) throws SandboxException {
        int frames = network.keeper().packetSocket(network.namespace(), place.port(), true, step);
        try {
            now.connect(number, place.hardwareAddress(), frames, step);
        } finally {
            Kernel.get().close(frames);
        }
    }

    /** Of a member that nobody reaches yet. */
    void arrived(Place place, String step) throws SandboxException {
        Integer number = ports.get(place.name());
        if (number == null || failure().isPresent()) {
            return; // without a process all that it says is lost
        }
        if (cable != null) {
            connect(cable, number, place, step);
        }
    }

    /** Nobody waits for the process: a member that ends is not held up by it. */
    void left(Place place) throws SandboxException {
        Integer number = ports.get(place.name());
        if (number != null && cable != null && failure().isEmpty()) {
            cable.disconnect(number, place.hardwareAddress());
        }
    }

    void close() {
        if (cable != null) {
            cable.close();
            cable = null;
        }
        ports.clear();
        numbers.clear();
        used.clear();
    }
}
