package dev.sandjar.testing;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.UnsupportedIsolationException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a class after which processes, descriptors, threads, mounts, cgroups or temporary files are left that were not there before. */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    /** The JDK's thread that ends idle connections of HttpURLConnection looks every five seconds, and leaves ten after the last one. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(LeakCheck.class);

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        warmUp();
        context.getStore(STORE).put(Snapshot.class, Snapshot.take());
    }

    /** What is made once and stays for the life of the JVM: the launcher, the lock file of private ids, the parents of cgroups. */
    private static void warmUp() throws Exception {
        // The JDK's file channels keep one socket once the first of them is used, and so do its sockets from JDK 21 on.
        FileChannel.open(Path.of("/dev/null"), StandardOpenOption.READ).close();
        new ServerSocket(0, 1, InetAddress.getLoopbackAddress()).close();
        Sandbox.builder().build().run("true");
        // Then there are no private ids, or no cgroups, either.
        runIfSupported(Sandbox.builder().userNamespace());
        runIfSupported(Sandbox.builder().accounting());
    }

    private static void runIfSupported(SandboxBuilder builder) throws Exception {
        try {
            builder.build().run("true");
        } catch (UnsupportedIsolationException e) {
            return;
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Snapshot before = context.getStore(STORE).get(Snapshot.class, Snapshot.class);
        if (before == null) {
            return;
        }
        boolean clean = Await.within(PATIENCE, () -> {
            if (Snapshot.take().beyond(before).isEmpty()) {
                return true;
            }
            // Plans hold descriptors until they are collected.
            System.gc();
            return false;
        });
        if (!clean) {
            List<String> leaks = Snapshot.take().beyond(before);
            throw new AssertionError(context.getDisplayName() + " leaves behind:\n" + String.join("\n", leaks));
        }
    }
}
