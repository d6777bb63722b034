package dev.sandjar;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something was asked for that this host can't give, found before anything ran. Leave it out,
 * {@linkplain SandboxBuilder#allowDegraded allow it to be missing}, or change the host as {@link #remedy()} says.
 */
public class UnsupportedIsolationException extends SandboxException {
    private static final long serialVersionUID = 1L;

    /** What can't be given, or null. */
    private final @Nullable Isolation isolation;

    /**
     * Makes one; users of Sandjar only catch them.
     *
     * @param isolation what can't be given, or null if it has no name of its own
     * @param step what was asked for, in words
     * @param systemCall the call that showed it, or null
     * @param path what the call was about, or null
     * @param errno Linux error number, 0 if there is none
     * @param cause why the host can't
     * @param remedy what helps
     */
    public UnsupportedIsolationException(
            @Nullable Isolation isolation,
            String step,
            @Nullable String systemCall,
            @Nullable String path,
            int errno,
            String cause,
            String remedy) {
        super(step, systemCall, path, errno, cause, remedy);
        this.isolation = isolation;
    }

    /**
     * What can't be given.
     *
     * @return the isolation, or empty if the request has no name of its own
     */
    public Optional<Isolation> isolation() {
        return Optional.ofNullable(isolation);
    }
}
