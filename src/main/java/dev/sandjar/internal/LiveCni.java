package dev.sandjar.internal;

import dev.sandjar.network.CniNetwork;
import java.io.IOException;

/** What asks plugins of CNI about a network as a whole. Thread-safe. */
public interface LiveCni {
    /** Whether they were asked. */
    boolean status(CniNetwork network) throws IOException;

    /** Whether they were asked. */
    boolean collectGarbage(CniNetwork network) throws IOException;
}
