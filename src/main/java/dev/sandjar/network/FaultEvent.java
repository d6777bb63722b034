package dev.sandjar.network;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;

/**
 * Something that was done to a network, see {@link NetworkFaults#timeline()}.
 *
 * @param at when it was done, by the clock of the host
 * @param kind what was done
 * @param fault what {@link Fault#toString()} says
 */
public record FaultEvent(Instant at, Kind kind, String fault) {
    /** What was done. */
    public enum Kind {
        /** The fault holds from then on. */
        BEGAN,
        /** It holds no longer. */
        ENDED,
        /** Something went wrong with it: all packets are lost that it is about. */
        FAILED
    }

    /**
     * Makes an event.
     *
     * @param at see the record
     * @param kind see the record
     * @param fault see the record
     */
    public FaultEvent {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(fault, "fault");
    }

    /** Such as {@code 2026-01-31T12:00:00.123Z began: block a -> b}. */
    @Override
    public String toString() {
        return at + " " + kind.name().toLowerCase(Locale.ROOT) + ": " + fault;
    }
}
