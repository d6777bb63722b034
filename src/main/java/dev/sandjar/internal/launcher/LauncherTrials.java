package dev.sandjar.internal.launcher;

import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.NativeAccess;
import dev.sandjar.internal.kernel.Platform;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.util.UserCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a launcher depends on, for those who look for what is missing. */
public final class LauncherTrials {
    private LauncherTrials() {}

    /** The file that was named instead of the launcher of the jar, or null. */
    public static @Nullable String override() {
        return System.getProperty(Platform.LAUNCHER_PROPERTY);
    }

    /** Where the launcher is unpacked if it can't be executed from memory. */
    public static Path cacheDirectory() {
        return UserCache.directory();
    }

    /** Whether the JVM needs no further option for native access; to be asked before anything makes a native call. */
    public static boolean nativeAccessEnabled() {
        return NativeAccess.isEnabled();
    }

    /** Calls the C library. */
    public static void nativeCall() throws SandboxException {
        Kernel.get();
    }

    /** Whether a running launcher was executed from a memfd; false if it can't be known. */
    public static boolean isFromMemory(int pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe"))
                    .toString()
                    .startsWith("/memfd:");
        } catch (IOException e) {
            return false;
        }
    }

    /** Has a relay take a port of the host's loopback and give up its rights. */
    public static void relay() throws SandboxException {
        Relay.open(Kernel.get(), "", Network.loopback().publish(1), null, Link::outside)
                .close();
    }
}
