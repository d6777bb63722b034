package dev.sandjar;

import dev.sandjar.internal.Errno;
import dev.sandjar.launcher.Launcher;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;

/** Sandjar as a whole. Thread-safe. */
public final class Sandjar {
    private static final String PROGRAM = "/bin/true";

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
     * Loads what the first start would load, and starts the launcher: some 100 ms and more that a first request then doesn't wait for.
     * It runs {@code /bin/true} without isolation, and sets a sandbox up in which nothing is run, as {@link Sandbox#untrusted()} does where
     * this host allows it. May be called from any thread, more than once.
     *
     * @throws SandboxException if the launcher can't be started
     * @throws IOException if the host can't be looked at
     */
    public static void warmUp() throws IOException {
        Launcher.get();
        try (SandboxProcess process = Sandbox.builder().build().start(PROGRAM)) {
            process.onReport().join();
        } catch (SandboxException e) {
            if (e.errno() != Errno.ENOENT.number()) {
                throw e;
            }
        }
        try {
            Sandbox.untrusted().build().rehearse();
        } catch (UnsupportedIsolationException e) {
            return; // whoever asks for it is told then
        }
    }
}
