package dev.sandjar.internal.intercept;

import java.io.IOException;

/** A request that goes no further: what the program inside is told, and the event says. */
final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    Refused(int status, String why) {
        super(why, null);
        this.status = status;
    }

    int status() {
        return status;
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
