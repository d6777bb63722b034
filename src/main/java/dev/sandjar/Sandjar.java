package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.WholeFile;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;

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
     * Loads what the first start would load, and starts the launcher: a second or more of processor time, on a
     * busy host several seconds, that a first request then doesn't wait for.
     * It runs {@code /bin/true} without isolation, and sets a sandbox up in which nothing is run, as {@link Sandbox#untrusted()} does where
     * this host allows it. This method may be called from any thread, more than once.
     *
     * @throws SandboxException if the launcher can't be started, or a set-up fails that this host does not refuse
     * @throws IOException if the host can't be looked at
     */
    public static void warmUp() throws IOException {
        Engine.get().launch();
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
            return; // whoever asks for it gets the failure then
        }
    }

    /**
     * Writes the command {@code sandjar-run}, which carries out what {@link Sandbox#freeze} has written. It is one static program for Linux on
     * the processor of this JVM, and needs nothing else. A file of that name there is replaced.
     *
     * @param directory where it is written
     * @return the command
     * @throws SandboxException if this library has none for the processor
     * @throws IOException if the file can't be written
     */
    public static Path extractRun(Path directory) throws IOException {
        Path command = directory.resolve("sandjar-run");
        WholeFile.write(command, Engine.get().runCommand(), true);
        return command;
    }

    /**
     * Ends all that this library does in this JVM. It kills every sandbox that is running, with {@link Verdict#DESTROYED} in its report,
     * drops those that are warm, ends the launcher and gives back what is kept between starts. It returns when all that is gone,
     * or after some 20 seconds. For whoever loads the library with a class loader that is to go: call it in
     * {@code ServletContextListener.contextDestroyed} of a web application, in {@code BundleActivator.stop} of an OSGi bundle, in
     * {@code Plugin.stop} of a Jenkins plugin. The library's threads end within seconds after that, JNA's thread {@code JNA Cleaner} within
     * some 30 seconds if nobody else uses JNA; then nothing of either holds the class loader any more.
     *
     * <p>Nothing is shut down for good: a later start begins anew, at the price of the first one. Starts that are under way in other
     * threads fail with a {@link SandboxException}, or begin anew. What has been asked for and not closed, such as a {@link SandboxPool}, a
     * {@link dev.sandjar.network.SandboxNetwork}, a pool of plugins or captured changes, stays and is to be closed before.
     *
     * <p>Without this call the launcher ends by itself when nothing has run for 20 seconds and nobody holds a {@link Sandbox}, else when
     * nothing has run for 10 minutes, and the class loader is as free then. This method may be called from any thread, more than once; an
     * interrupt doesn't cut it short, and stays set.
     */
    public static void shutdown() {
        Engine.get().shutdown();
    }
}
