package dev.sandjar.plugin;

import dev.sandjar.ExitReport;
import dev.sandjar.Verdict;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says that a call of a plugin has failed in a way that its contract does not declare. {@link #reason} says why. Texts that come from
 * the plugin are bounded and have their control characters escaped, but the plugin chooses what they say. The {@linkplain #getCause()
 * cause} is a failure on the host's side: of a start, or of a stream or callback that the call passed to the plugin.
 */
public final class PluginException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why a call failed. */
    public enum Reason {
        /** The plugin threw an exception that its contract does not declare, or that can't be made on the host. */
        THROWN,
        /** There was no result within {@link PluginPoolBuilder#callTimeout}. */
        TIMED_OUT,
        /** The calling thread was interrupted; its interrupt status is set. */
        CANCELLED,
        /** The worker ended during the call; {@link PluginException#verdict} and {@link PluginException#report} say how. */
        WORKER_ENDED,
        /** The worker sent what no honest worker sends, and was killed. */
        PROTOCOL_VIOLATION,
        /** The arguments could not be sent: they exceed {@link PluginLimits}, or a file could not be opened. The worker got nothing. */
        REFUSED,
        /** All workers, or all calls of the worker ({@link PluginLimits#inFlight}), were in use until the time for the call was over. */
        BUSY,
        /** A worker could not be started, or did not make its plugin within {@link PluginPoolBuilder#startTimeout}. */
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
     * Makes an exception, for Sandjar's own use.
     *
     * @param reason why the call failed
     * @param message what happened
     * @param report how the worker ended, or null
     * @param thrownClass the name of the class of what was thrown in the worker, or null
     * @param guestTrace the stack trace of what was thrown in the worker, or null
     * @param cause what failed on the host's side, or null
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
     * Returns why the call failed.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Returns how the worker ended, if its end is why the call failed.
     *
     * @return the report; empty unless {@link Reason#WORKER_ENDED}, {@link Reason#PROTOCOL_VIOLATION} or {@link Reason#START_FAILED},
     *     if there was no report within 5 seconds, and after this exception was serialized
     */
    public Optional<ExitReport> report() {
        return Optional.ofNullable(report);
    }

    /**
     * Returns how the call or the worker ended, in one word.
     *
     * @return {@link Verdict#TIMED_OUT} if the reason is {@link Reason#TIMED_OUT}, otherwise the verdict of the report; empty if there
     *     is no {@link #report}
     */
    public Optional<Verdict> verdict() {
        return reason == Reason.TIMED_OUT ? Optional.of(Verdict.TIMED_OUT) : report().map(ExitReport::verdict);
    }

    /**
     * Returns the name of the class of what the plugin threw, as the worker says it.
     *
     * @return a name of at most 32768 characters, which need not be that of a class on the host; empty unless {@link Reason#THROWN} or
     *     {@link Reason#START_FAILED}
     */
    public Optional<String> thrownClass() {
        return Optional.ofNullable(thrownClass);
    }

    /**
     * Returns the stack trace of what the plugin threw, as the worker says it.
     *
     * @return several lines of at most 32768 characters; empty unless {@link Reason#THROWN} or {@link Reason#START_FAILED}
     */
    public Optional<String> guestTrace() {
        return Optional.ofNullable(guestTrace);
    }
}
