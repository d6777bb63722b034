package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Platform;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The launcher program as this jar carries it, checked against what was recorded when it was built. */
final class LauncherResource {
    private final byte[] bytes;
    private final String version;
    private final String sha256;

    private LauncherResource(byte[] bytes, String version, String sha256) {
        this.bytes = bytes;
        this.version = version;
        this.sha256 = sha256;
    }

    /** Not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    String version() {
        return version;
    }

    String sha256() {
        return sha256;
    }

    static LauncherResource load() throws SandboxException {
        return load(System.getProperty("os.arch", ""));
    }

    static LauncherResource load(String arch) throws SandboxException {
        String name = Platform.launcher(arch);
        try (InputStream program = opened(name);
                InputStream description = opened(name + ".properties")) {
            if (program == null || description == null) {
                throw problem(
                        name,
                        "this jar has no launcher for " + Platform.platform(arch),
                        "build it on such a machine, or name a launcher with -Dsandjar.launcher=FILE");
            }
            Properties properties = new Properties();
            properties.load(description);
            return checked(name, BoundedReads.bytes(program, BoundedReads.RESOURCE_MAX, name), properties);
        } catch (SandboxException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw problem(
                    name,
                    String.valueOf(e.getMessage()),
                    "check the jar, and that this process may open one file more (ulimit -n)");
        }
    }

    /** Null if there is none. getResourceAsStream() says that too of one that can't be opened, and hides why. */
    private static @Nullable InputStream opened(String name) throws IOException {
        InputStream found = LauncherResource.class.getResourceAsStream(name);
        URL there = found == null ? LauncherResource.class.getResource(name) : null;
        if (there == null) {
            return found;
        }
        URLConnection connection = there.openConnection();
        connection.setUseCaches(false); // else the jar would stay open
        return connection.getInputStream();
    }

    static LauncherResource checked(String name, byte[] bytes, Properties properties) throws SandboxException {
        String sha256 = sha256(bytes);
        if (!sha256.equals(properties.getProperty("sha256"))) {
            throw problem(
                    name,
                    "its SHA-256 is not the one that was recorded at build time",
                    "the jar is damaged or was changed: get it again");
        }
        return new LauncherResource(bytes, properties.getProperty("version", "unknown"), sha256);
    }

    private static SandboxException problem(String path, String reason, String remedy) {
        return new SandboxException("read the launcher", null, path, 0, reason, remedy);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
