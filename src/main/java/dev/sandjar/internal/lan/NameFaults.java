package dev.sandjar.internal.lan;

import dev.sandjar.internal.LiveFaults.OfNames;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is wrong with the answers of a network's name server.
 *
 * @param failing names for which it fails
 * @param wrong addresses that it gives for a name in the place of its own
 * @param delay of each answer
 */
record NameFaults(Set<String> failing, Map<String, List<InetAddress>> wrong, Duration delay) {
    static final NameFaults NONE = new NameFaults(Set.of(), Map.of(), Duration.ZERO);

    NameFaults {
        failing = Set.copyOf(failing);
        wrong = Map.copyOf(wrong);
    }

    /** All together: the later ones first, and the longest delay. */
    static NameFaults of(Collection<OfNames> faults) {
        Set<String> failing = new HashSet<>();
        Map<String, List<InetAddress>> wrong = new HashMap<>();
        Duration delay = Duration.ZERO;
        for (OfNames fault : faults) {
            failing.addAll(fault.failing());
            wrong.putAll(fault.wrong());
            delay = delay.compareTo(fault.delay()) < 0 ? fault.delay() : delay;
        }
        return new NameFaults(failing, wrong, delay);
    }
}
