package dev.sandjar.network;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of packets between two members of a network, in each direction; {@code tc-netem(8)} and {@code tc-tbf(8)} do the same
 * elsewhere. Immutable and thread-safe: each method that takes something returns a new value. See {@link NetworkFaults#link}.
 */
public final class LinkQuality {
    private static final Duration DELAY_MAX = Duration.ofMinutes(10);
    private static final long RATE_MIN = 1024;
    private static final long RATE_MAX = 64L << 30;
    private static final int PER_CENT = 100;
    private static final LinkQuality STANDARD =
            new LinkQuality(Duration.ZERO, Duration.ZERO, 0, Optional.empty(), OptionalLong.empty());

    private final Duration delay;
    private final Duration jitter;
    private final double loss;
    private final Optional<DataSize> rate;
    private final OptionalLong seed;

    private LinkQuality(Duration delay, Duration jitter, double loss, Optional<DataSize> rate, OptionalLong seed) {
        this.delay = delay;
        this.jitter = jitter;
        this.loss = loss;
        this.rate = rate;
        this.seed = seed;
    }

    /**
     * Returns the link about which nothing was said: no packet is delayed, none is lost.
     *
     * @return the value that others are made from
     */
    public static LinkQuality standard() {
        return STANDARD;
    }

    /**
     * Sets by how long each packet is delayed in each direction: a round trip takes twice as long more.
     *
     * @param time 0 to 10 minutes, by default 0
     * @return a new value
     * @throws IllegalArgumentException if out of range
     */
    public LinkQuality delay(Duration time) {
        return new LinkQuality(checked("delay", time), jitter, loss, rate, seed);
    }

    /**
     * Sets by how much the delay of each packet differs from {@link #delay(Duration)}, to both sides, each value as likely as another one.
     * Packets may overtake each other.
     *
     * @param time 0 to the delay, by default 0
     * @return a new value
     * @throws IllegalArgumentException if out of range; whether it is more than the delay is found out when the link begins
     */
    public LinkQuality jitter(Duration time) {
        return new LinkQuality(delay, checked("jitter", time), loss, rate, seed);
    }

    /**
     * Sets how likely each packet is lost, in each direction and whatever became of others.
     *
     * @param probability 0 to 1, by default 0
     * @return a new value
     * @throws IllegalArgumentException if out of range
     */
    public LinkQuality loss(double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("loss " + probability + " is not between 0 and 1");
        }
        return new LinkQuality(delay, jitter, probability, rate, seed);
    }

    /**
     * Bounds how many bytes go through in a second, in each direction, headers of Ethernet included. What is more waits, for 50 ms or as long as
     * 64 KiB take, and the rest is lost.
     *
     * @param perSecond 1 KiB to 64 GiB; by default there is no bound
     * @return a new value
     * @throws IllegalArgumentException if out of range
     */
    public LinkQuality rate(DataSize perSecond) {
        Objects.requireNonNull(perSecond, "perSecond");
        Checks.range("rate", perSecond.toBytes(), RATE_MIN, RATE_MAX);
        return new LinkQuality(delay, jitter, loss, Optional.of(perSecond), seed);
    }

    /**
     * Sets what decides on losses and jitter: of two links with the same seed and loss, in the same direction, the packets of the same number
     * are lost, counted from the link's begin or from where a block between both has ended. So two runs are the same as far as programs send the same packets.
     *
     * @param number any number; by default another one for each link, which {@link Fault#toString()} tells
     * @return a new value
     */
    public LinkQuality seed(long number) {
        return new LinkQuality(delay, jitter, loss, rate, OptionalLong.of(number));
    }

    private static Duration checked(String what, Duration time) {
        Objects.requireNonNull(time, "time");
        if (time.isNegative() || time.compareTo(DELAY_MAX) > 0) {
            throw new IllegalArgumentException(what + " " + time + " is not between 0 and " + DELAY_MAX);
        }
        return time;
    }

    /**
     * By how long packets are delayed.
     *
     * @return 0 to 10 minutes
     */
    public Duration delay() {
        return delay;
    }

    /**
     * By how much that differs.
     *
     * @return 0 to 10 minutes
     */
    public Duration jitter() {
        return jitter;
    }

    /**
     * How likely a packet is lost.
     *
     * @return 0 to 1
     */
    public double loss() {
        return loss;
    }

    /**
     * How many bytes go through in a second.
     *
     * @return empty for any number
     */
    public Optional<DataSize> rate() {
        return rate;
    }

    /**
     * What decides on losses and jitter.
     *
     * @return empty if nothing was said
     */
    public OptionalLong seed() {
        return seed;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LinkQuality that && parts().equals(that.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    private List<Object> parts() {
        return List.of(delay, jitter, loss, rate, seed);
    }

    /** Such as {@code delay 50 ms, loss 1.0 %, seed 42}: what was said. */
    @Override
    public String toString() {
        List<String> texts = new ArrayList<>();
        if (!delay.isZero()) {
            texts.add("delay " + millis(delay));
        }
        if (!jitter.isZero()) {
            texts.add("jitter " + millis(jitter));
        }
        if (loss > 0) {
            texts.add("loss " + loss * PER_CENT + " %");
        }
        rate.ifPresent(most -> texts.add("rate " + most + " in a second"));
        seed.ifPresent(number -> texts.add("seed " + number));
        return String.join(", ", texts);
    }

    private static String millis(Duration time) {
        return time.equals(Duration.ofMillis(time.toMillis())) ? time.toMillis() + " ms" : time.toNanos() + " ns";
    }
}
