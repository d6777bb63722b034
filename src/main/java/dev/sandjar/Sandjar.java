package dev.sandjar;

import dev.sandjar.launcher.Launcher;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;

/** Sandjar as a whole. Thread-safe. */
public final class Sandjar {
    private Sandjar() {}

    /**
     * The version of this library.
     *
     * @return such as "1.2.0", or "unknown" when it doesn't run from its jar
     */
    public static String version() {
        String fromManifest = Sandjar.class.getPackage().getImplementationVersion();
        if (fromManifest != null) {
            return fromManifest;
        }
        ModuleDescriptor descriptor = Sandjar.class.getModule().getDescriptor();
        return descriptor == null ? "unknown" : descriptor.rawVersion().orElse("unknown");
    }

    /**
     * Starts the launcher process of this JVM, which the first start of a sandbox otherwise does. Does nothing if it runs.
     *
     * @throws IOException if it can't be started; the message says why and what helps
     */
    public static void warmUp() throws IOException {
        Launcher.get();
    }
}
