package dev.sandjar.internal.intercept;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The host's server is not reached, or does not do as it should. Why is the host's to know: it may name addresses of its network. */
final class ServerFailed extends IOException {
    private static final long serialVersionUID = 1L;

    ServerFailed(String why, @Nullable Throwable cause) {
        super(why, cause);
    }

    static ServerFailed of(IOException e) {
        return e instanceof ServerFailed known ? known : new ServerFailed("the server broke off: " + e.getMessage(), e);
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
