package dev.sandjar;

import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A sandbox could not be set up, or Sandjar itself could not do its part. The message says which step failed, by which
 * system call, on which path, with which error, why that usually is, and what helps.
 */
public class SandboxException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The step that failed. */
    private final String step;
    /** The system call, or null. */
    private final @Nullable String systemCall;
    /** The path, or null. */
    private final @Nullable String path;
    /** The error number, or 0. */
    private final int errno;
    /** The likely cause, or an empty text. */
    private final String reason;
    /** What helps, or an empty text. */
    private final String remedy;
    /** What the host calls the sandbox, or an empty text. */
    private String sandbox = "";

    /**
     * Makes one; users of Sandjar only catch them.
     *
     * @param step what was being done, such as "mount /proc"
     * @param systemCall the call that failed, or null if none did
     * @param path what the call was about, or null
     * @param errno Linux error number ({@code errno(3)}), 0 if there is none
     * @param cause the likely cause in words; may be empty
     * @param remedy what helps, in words; may be empty
     */
    public SandboxException(
            String step, @Nullable String systemCall, @Nullable String path, int errno, String cause, String remedy) {
        super(message(step, systemCall, path, errno, cause, remedy));
        this.step = step;
        this.systemCall = systemCall;
        this.path = path;
        this.errno = errno;
        this.reason = cause;
        this.remedy = remedy;
    }

    private static String message(
            String step, @Nullable String systemCall, @Nullable String path, int errno, String cause, String remedy) {
        Objects.requireNonNull(step, "step");
        Objects.requireNonNull(cause, "cause");
        Objects.requireNonNull(remedy, "remedy");
        StringBuilder text = new StringBuilder(Printable.line(step));
        String object = path == null ? "" : Printable.line(path);
        if (systemCall != null) {
            text.append(": ").append(systemCall);
            if (path != null) {
                text.append('(').append(object).append(')');
            }
            text.append(" failed");
        } else if (path != null) {
            text.append(": ").append(object);
        } else if (errno != 0) {
            text.append(" failed");
        }
        if (errno != 0) {
            text.append(": ").append(Errno.describe(errno));
        }
        if (!cause.isEmpty()) {
            text.append(systemCall == null && path == null && errno == 0 ? ": " : "; ")
                    .append(Printable.lines(cause));
        }
        if (!remedy.isEmpty()) {
            text.append("; remedy: ").append(Printable.lines(remedy));
        }
        return text.toString();
    }

    /** Says whose it is, unless that is known. */
    void of(String name) {
        if (sandbox.isEmpty()) {
            sandbox = name;
        }
    }

    /** Begins with the name of the sandbox, if it has one. */
    @Override
    public String getMessage() {
        String message = Objects.requireNonNullElse(super.getMessage(), "");
        return sandbox.isEmpty() ? message : "sandbox " + sandbox + ": " + message;
    }

    /**
     * Which sandbox could not be set up.
     *
     * @return its {@linkplain SandboxBuilder#name name}, or empty if it has none
     */
    public Optional<String> sandbox() {
        return sandbox.isEmpty() ? Optional.empty() : Optional.of(sandbox);
    }

    /**
     * What was being done.
     *
     * @return a few words, such as "mount /proc"
     */
    public String step() {
        return step;
    }

    /**
     * The system call that failed.
     *
     * @return its name, or empty if the failure was none of the kernel's
     */
    public Optional<String> systemCall() {
        return Optional.ofNullable(systemCall);
    }

    /**
     * What the call was about.
     *
     * @return a path of the host or of the sandbox, or empty
     */
    public Optional<String> path() {
        return Optional.ofNullable(path);
    }

    /**
     * The error number ({@code errno(3)}).
     *
     * @return a positive number, or 0 if the failure has none
     */
    public int errno() {
        return errno;
    }

    /**
     * The symbol of {@link #errno()}.
     *
     * @return such as "EPERM", or an empty text if the failure has no number
     */
    public String errnoName() {
        return errno == 0 ? "" : Errno.name(errno);
    }

    /**
     * Why it failed, as far as Sandjar can tell.
     *
     * @return words, or an empty text
     */
    public String reason() {
        return reason;
    }

    /**
     * What helps.
     *
     * @return words, or an empty text
     */
    public String remedy() {
        return remedy;
    }
}
