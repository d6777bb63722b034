package dev.sandjar.internal;

import dev.sandjar.SandboxException;
import dev.sandjar.network.Fault;
import dev.sandjar.network.FaultEvent;
import dev.sandjar.network.LinkQuality;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What carries {@link dev.sandjar.network.NetworkFaults} out. Thread-safe. */
public interface LiveFaults {
    /** From one member to another one, by their names. */
    record Way(String from, String to) {
        public Way back() {
            return new Way(to, from);
        }
    }

    /**
     * Of a name server.
     *
     * @param failing names for which it fails
     * @param wrong addresses that it gives for a name in the place of its own
     * @param delay of each answer
     * @param flapping names for which it fails now and then
     */
    record OfNames(
            Set<String> failing, Map<String, List<InetAddress>> wrong, Duration delay, Map<String, Flapping> flapping) {
        public OfNames {
            failing = Set.copyOf(failing);
            wrong = Map.copyOf(wrong);
            flapping = Map.copyOf(flapping);
        }

        public OfNames(Set<String> failing, Map<String, List<InetAddress>> wrong, Duration delay) {
            this(failing, wrong, delay, Map.of());
        }
    }

    /**
     * Right for a time, failing for another, and again.
     *
     * @param began by {@link System#nanoTime()}, with a time of right answers
     */
    record Flapping(long began, Duration right, Duration failing) {
        public boolean failsAt(long nanoTime) {
            return (nanoTime - began) % (right.toNanos() + failing.toNanos()) >= right.toNanos();
        }
    }

    /** Nothing goes there. */
    Fault block(String text, Set<Way> ways) throws SandboxException;

    /**
     * What goes there is delayed or lost. The quality has a seed.
     *
     * @param both whether what goes back is, too
     */
    Fault link(String text, Way way, boolean both, LinkQuality quality) throws SandboxException;

    /** What the name server of the network answers. */
    Fault names(String text, OfNames fault) throws SandboxException;

    /** Ends all that there are. */
    void heal() throws SandboxException;

    List<Fault> current();

    /** Where nothing goes now. */
    Set<Way> blocked();

    /** What is delayed or lost now, in each direction, but where nothing goes. */
    Map<Way, LinkQuality> linked();

    List<FaultEvent> timeline();
}
