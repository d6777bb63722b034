package dev.sandjar.network;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;
import java.util.Objects;
import java.util.Optional;

/**
 * How much a plugin such as {@code bandwidth} lets through in a second. Immutable and thread-safe.
 *
 * @param receiveRate what the sandbox may receive in a second, 1 B to 128 GiB; empty for no bound
 * @param sendRate what the sandbox may send in a second, 1 B to 128 GiB; empty for no bound
 * @param burst what may pass at once beyond the rate, 1 B to 256 MiB, in each direction that has a rate
 */
public record CniBandwidth(Optional<DataSize> receiveRate, Optional<DataSize> sendRate, DataSize burst) {
    private static final long RATE_MAX = 128L << 30;
    private static final long BURST_MAX = 256L << 20;

    /**
     * Makes a bound.
     *
     * @param receiveRate see the record
     * @param sendRate see the record
     * @param burst see the record
     * @throws IllegalArgumentException if there is no rate, or one is out of range
     */
    public CniBandwidth {
        Objects.requireNonNull(receiveRate, "receiveRate").ifPresent(rate -> check("receive rate", rate, RATE_MAX));
        Objects.requireNonNull(sendRate, "sendRate").ifPresent(rate -> check("send rate", rate, RATE_MAX));
        check("burst", Objects.requireNonNull(burst, "burst"), BURST_MAX);
        if (receiveRate.isEmpty() && sendRate.isEmpty()) {
            throw new IllegalArgumentException("a bandwidth has a rate, in one direction at least");
        }
    }

    /**
     * Makes a bound of the same rate in both directions.
     *
     * @param perSecond 1 B to 128 GiB
     * @param burst what may pass at once beyond that, 1 B to 256 MiB
     * @return the bound
     * @throws IllegalArgumentException if out of range
     */
    public static CniBandwidth of(DataSize perSecond, DataSize burst) {
        return new CniBandwidth(Optional.of(perSecond), Optional.of(perSecond), burst);
    }

    private static void check(String what, DataSize size, long max) {
        Checks.range(what, size.toBytes(), 1, max);
    }
}
