package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.plugin.wire.CapabilityShape;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.WireException;
import dev.sandjar.plugin.PluginException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What one call passes to a worker by reference; afterwards its numbers mean nothing any more. */
final class CallbackReferences implements Encoder.CapabilityOffer, AutoCloseable {
    private final CallbackTable all;
    private final List<Integer> handles = new ArrayList<>();
    private final List<InputStream> files = new ArrayList<>();
    /** Of what has been written to its streams. */
    private final AtomicLong written = new AtomicLong();
    /** What an object of the host has thrown last while the worker used it. */
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    CallbackReferences(CallbackTable all) {
        this.all = all;
    }

    @Override
    public int offer(CapabilityShape shape, Object value) {
        Object passed = value;
        if (value instanceof Path path && shape.kind() == CapabilityShape.Kind.FILE) {
            passed = open(path);
        }
        int handle = all.add(shape, passed, written, failure);
        handles.add(handle);
        return handle;
    }

    /** The end of the call, which may be the consequence of what was thrown here: that is its cause then. */
    Throwable caused(Throwable end) {
        Throwable own = failure.get();
        if (own == null || end.getCause() != null || own == end) {
            return end;
        }
        if (end instanceof PluginException of) {
            return of.reason() != PluginException.Reason.THROWN
                    ? end
                    : new PluginException(
                            of.reason(),
                            String.valueOf(of.getMessage()),
                            null,
                            of.thrownClass().orElse(null),
                            of.guestTrace().orElse(null),
                            own);
        }
        try {
            return end.initCause(own);
        } catch (IllegalStateException e) {
            end.addSuppressed(own); // its class has said that there is none
            return end;
        }
    }

    private InputStream open(Path path) {
        try {
            // A pipe or a device could keep the caller waiting, and a directory has no content.
            if (!Files.isRegularFile(path)) {
                throw new WireException(path + " is not a regular file"
                        + (Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? "" : ": it is not there"));
            }
            InputStream in = OpenFiles.content(path); // a guest may have planted a link there
            files.add(in);
            return in;
        } catch (IOException e) {
            throw new WireException(path + " can't be read: " + e);
        }
    }

    @Override
    public void close() {
        handles.forEach(all::remove);
        for (InputStream file : files) {
            try {
                file.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
