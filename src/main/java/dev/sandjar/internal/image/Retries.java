package dev.sandjar.internal.image;

import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before something is tried again: as long as the server says, or else each time twice as long as before, and by chance
 * up to half as much more, so that those whom one failure has met don't all come back at once. Thread-safe.
 */
public final class Retries {
    /** So often a thing is tried that brings nothing new. */
    public static final int TRIES = 5;
    /** Who is told to wait longer gives up and says so. */
    public static final Duration WAIT_MAX = Duration.ofMinutes(2);

    private static final Duration FIRST = Duration.ofMillis(500);
    private static final int DOUBLINGS_MAX = 5;

    private final Sleeper waiting;
    private final Clock clock;

    public Retries(Sleeper waiting, Clock clock) {
        this.waiting = waiting;
        this.clock = clock;
    }

    /**
     * What a server asks for (RFC 9110, 10.2.3): a number of seconds or a date; null if it is neither.
     */
    public @Nullable Duration asked(String retryAfter) {
        String text = retryAfter.strip();
        if (text.matches("[0-9]{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Duration until = Duration.between(
                    clock.instant(),
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return until.isNegative() ? Duration.ZERO : until;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /**
     * Waits.
     *
     * @param failures how many there were, from 1
     * @param asked by the server, or null
     */
    public void pause(int failures, @Nullable Duration asked) throws InterruptedIOException {
        Duration time = FIRST.multipliedBy(1L << Math.min(failures - 1, DOUBLINGS_MAX));
        if (asked != null && asked.compareTo(time) > 0) {
            time = asked;
        }
        long spread = Math.min(time.toMillis() / 2, FIRST.toMillis() << DOUBLINGS_MAX);
        try {
            waiting.pass(time.plusMillis(ThreadLocalRandom.current().nextLong(spread + 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting to try again");
        }
    }
}
