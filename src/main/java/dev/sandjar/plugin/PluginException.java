package dev.sandjar.plugin;

import dev.sandjar.ExitReport;
import dev.sandjar.Verdict;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call of a plugin has failed in a way that its contract does not declare. {@link #reason} says why; texts that come from the plugin
 * are bounded and have their control characters escaped, but say what the plugin wants them to say.
 */
public final class PluginException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why a call failed. */
    public enum Reason {
        /** The plugin has thrown something that its contract does not declare. */
        THROWN,
        /** There was no result in time. */
        TIMED_OUT,
        /** The calling thread was interrupted; it still is. */
        CANCELLED,
        /** The worker came to its end; {@link PluginException#verdict} and {@link PluginException#report} say how. */
        WORKER_ENDED,
        /** The worker sent what no honest one sends, and was ended. */
        PROTOCOL_VIOLATION,
        /** The arguments are larger or deeper than the limits allow: nothing was sent. */
        REFUSED,
        /** All workers, or all calls of this worker, were in use until the time was over. */
        BUSY,
        /** A worker could not be started, or did not make its plugin. */
        START_FAILED
    }

    /** Why. */
    private final Reason reason;
    /** How the worker ended, or null. */
    private final transient @Nullable ExitReport report;
    /** The class of what was thrown in the worker, or null. */
    private final @Nullable String thrownClass;
    /** Its stack trace, or null. */
    private final @Nullable String guestTrace;

    /**
     * For Sandjar's own use.
     *
     * @param reason why
     * @param message what happened
     * @param report how the worker ended, or null
     * @param thrownClass name of the class of what was thrown in the worker, or null
     * @param guestTrace its stack trace, or null
     * @param cause what happened here, or null
     */
    public PluginException(
            Reason reason,
            String message,
            @Nullable ExitReport report,
            @Nullable String thrownClass,
            @Nullable String guestTrace,
            @Nullable Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason, "reason");
        this.report = report;
        this.thrownClass = thrownClass;
        this.guestTrace = guestTrace;
    }

    /**
     * Why the call failed.
     *
     * @return one word
     */
    public Reason reason() {
        return reason;
    }

    /**
     * How the worker ended, if it has.
     *
     * @return its report, or empty if it lives on; not kept when this exception is serialized
     */
    public Optional<ExitReport> report() {
        return Optional.ofNullable(report);
    }

    /**
     * How the worker ended, in one word.
     *
     * @return {@link Verdict#TIMED_OUT} if the call took too long, else the verdict of the report, or empty if the worker lives on
     */
    public Optional<Verdict> verdict() {
        return reason == Reason.TIMED_OUT ? Optional.of(Verdict.TIMED_OUT) : report().map(ExitReport::verdict);
    }

    /**
     * What class the plugin has thrown.
     *
     * @return a name, which may well be of no class that exists here; empty unless {@link Reason#THROWN} or {@link Reason#START_FAILED}
     */
    public Optional<String> thrownClass() {
        return Optional.ofNullable(thrownClass);
    }

    /**
     * The plugin's own stack trace.
     *
     * @return at most 32768 characters; empty unless {@link Reason#THROWN} or {@link Reason#START_FAILED}
     */
    public Optional<String> guestTrace() {
        return Optional.ofNullable(guestTrace);
    }
}
