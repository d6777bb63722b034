package dev.sandjar.internal.image;

import java.time.Duration;

/** How a thread lets time pass; tests have their own. */
@FunctionalInterface
public interface Sleeper {
    Sleeper SLEEP = time -> Thread.sleep(time.toMillis());

    void pass(Duration time) throws InterruptedException;
}
