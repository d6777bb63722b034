package dev.sandjar.plugin.host;

import dev.sandjar.plugin.wire.CapabilityShape;
import dev.sandjar.plugin.wire.Encoder;
import dev.sandjar.plugin.wire.WireException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What one call lends to a worker; afterwards its numbers mean nothing any more. */
final class Lending implements Encoder.CapabilityOffer, AutoCloseable {
    private final Lendings all;
    private final List<Integer> handles = new ArrayList<>();
    private final List<InputStream> files = new ArrayList<>();
    /** Of what has been written to its streams. */
    private final AtomicLong written = new AtomicLong();

    Lending(Lendings all) {
        this.all = all;
    }

    @Override
    public int offer(CapabilityShape shape, Object value) {
        Object lent = value;
        if (value instanceof Path path && shape.kind() == CapabilityShape.Kind.FILE) {
            lent = open(path);
        }
        int handle = all.add(shape, lent, written);
        handles.add(handle);
        return handle;
    }

    private InputStream open(Path path) {
        try {
            // A pipe or a device could keep the caller waiting, and a directory has no content.
            if (!Files.isRegularFile(path)) {
                throw new WireException(path + " is no regular file"
                        + (Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? "" : ": it is not there"));
            }
            InputStream in = Files.newInputStream(path);
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
