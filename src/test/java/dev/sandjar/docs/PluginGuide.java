package dev.sandjar.docs;

import dev.sandjar.DataSize;
import dev.sandjar.plugin.PluginPool;
import java.nio.file.Path;
import java.time.Duration;

/** The example of the guide to plugins; the jar that it names is the reader's. */
final class PluginGuide {
    private PluginGuide() {}

    // tag::plugin
    public interface Thumbnailer {
        byte[] scale(byte[] png, int width) throws BadImageException;
    }

    static byte[] thumbnail(byte[] png) throws Exception {
        try (PluginPool<Thumbnailer> pool = PluginPool.builder(Thumbnailer.class, "com.acme.ThumbImpl")
                .classPath(Path.of("acme-thumbs.jar"))
                .memoryLimit(DataSize.mebibytes(256))
                .warm(2)
                .callTimeout(Duration.ofSeconds(5))
                .build()) {
            return pool.get().scale(png, 128); // a worker that crashes or lies is replaced
        }
    }
    // end::plugin

    /** What the contract declares. */
    public static final class BadImageException extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
