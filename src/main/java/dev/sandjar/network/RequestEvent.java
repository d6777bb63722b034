package dev.sandjar.network;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * A request of HTTP to a host whose TLS is ended outside, for {@link dev.sandjar.Network#requestListener}. It has method and path, and
 * nothing else of what was said: no query, no header, no body, no secret. Immutable and thread-safe.
 *
 * @param connection the connection that the request came by
 * @param method in capital letters; the empty string where the request was malformed
 * @param path without a query, as it was sent; the empty string where the request was malformed
 * @param verdict what became of it
 * @param status the status that the program inside was answered with, by the server or by Sandjar; empty if it got no answer
 * @param reason why it was refused or has failed, for people; the empty string with {@link Verdict#PASSED}
 * @param duration from its first byte to the end of the answer, by the monotonic clock
 */
public record RequestEvent(
        Connection connection,
        String method,
        String path,
        Verdict verdict,
        OptionalInt status,
        String reason,
        Duration duration) {
    /** What became of a request. */
    public enum Verdict {
        /** The server has had it, and its answer was passed on as a whole. */
        PASSED,
        /** It was not allowed, or has not one reading: the server has had nothing of it, or not its end. */
        REFUSED,
        /** The server was not reached, was not who it should be, gave no answer that has one reading, or one side broke off. */
        FAILED
    }

    /**
     * Makes an event of its parts.
     *
     * @param connection see the record
     * @param method see the record
     * @param path see the record
     * @param verdict see the record
     * @param status see the record
     * @param reason see the record
     * @param duration see the record
     */
    public RequestEvent {
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(verdict, "verdict");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(duration, "duration");
    }
}
