package dev.sandjar.internal.image;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A server can't or doesn't want to answer now, which may be another thing in a while. */
final class ServerBusyException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient @Nullable Duration asked;

    /** @param asked how long to wait, or null */
    ServerBusyException(String message, @Nullable Duration asked) {
        super(message);
        this.asked = asked;
    }

    @Nullable
    Duration asked() {
        return asked;
    }
}
