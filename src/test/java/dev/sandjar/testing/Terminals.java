package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** What a terminal does to processes. */
public final class Terminals {
    private Terminals() {}

    /**
     * Sends the signals of a terminal's keys, and of its end, to the process group that {@code leader} leads. Fails if it leads none: then
     * it is in that of this JVM, which gets them too.
     */
    public static void press(long leader) throws IOException, InterruptedException {
        for (String signal : new String[] {"INT", "QUIT", "TSTP", "HUP", "TERM"}) {
            Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -s " + signal + " -- -" + leader)
                    .inheritIO()
                    .start();
            assertTrue(kill.waitFor(20, TimeUnit.SECONDS));
            assertEquals(0, kill.exitValue(), signal);
        }
    }
}
