package dev.sandjar.internal.lan;

import dev.sandjar.internal.LiveFaults.Flapping;
import dev.sandjar.internal.LiveFaults.OfNames;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
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
 * @param flapping names for which it fails at times
 */
record NameFaults(
        Set<String> failing,
        Map<String, List<InetAddress>> wrong,
        Duration delay,
        Map<String, List<Flapping>> flapping) {
    static final NameFaults NONE = new NameFaults(Set.of(), Map.of(), Duration.ZERO, Map.of());

    NameFaults {
        failing = Set.copyOf(failing);
        wrong = Map.copyOf(wrong);
        flapping = Map.copyOf(flapping);
    }

    /** All together: the later ones first, and the longest delay. */
    static NameFaults of(Collection<OfNames> faults) {
        Set<String> failing = new HashSet<>();
        Map<String, List<InetAddress>> wrong = new HashMap<>();
        Map<String, List<Flapping>> flapping = new HashMap<>();
        Duration delay = Duration.ZERO;
        for (OfNames fault : faults) {
            failing.addAll(fault.failing());
            wrong.putAll(fault.wrong());
            fault.flapping().forEach((name, each) -> flapping.computeIfAbsent(name, any -> new ArrayList<>())
                    .add(each));
            delay = delay.compareTo(fault.delay()) < 0 ? fault.delay() : delay;
        }
        return new NameFaults(failing, wrong, delay, flapping);
    }

    /** Whether it fails for a name at a time of {@link System#nanoTime()}. */
    boolean fails(String name, long nanoTime) {
        return failing.contains(name)
                || flapping.getOrDefault(name, List.of()).stream().anyMatch(each -> each.failsAt(nanoTime));
    }
}
