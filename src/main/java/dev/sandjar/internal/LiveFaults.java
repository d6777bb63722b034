package dev.sandjar.internal;

import dev.sandjar.SandboxException;
import dev.sandjar.network.Fault;
import dev.sandjar.network.FaultEvent;
import dev.sandjar.network.LinkQuality;
import java.util.List;
import java.util.Set;

/** What carries {@link dev.sandjar.network.NetworkFaults} out. Thread-safe. */
public interface LiveFaults {
    /** From one member to another one, by their names. */
    record Way(String from, String to) {
        public Way back() {
            return new Way(to, from);
        }
    }

    /** Nothing goes there. */
    Fault block(String text, Set<Way> ways) throws SandboxException;

    /** What goes there, and back, is delayed or lost. The quality has a seed. */
    Fault link(String text, Way way, LinkQuality quality) throws SandboxException;

    /** Ends all that there are. */
    void heal() throws SandboxException;

    List<Fault> current();

    List<FaultEvent> timeline();
}
