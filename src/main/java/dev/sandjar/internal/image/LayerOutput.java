package dev.sandjar.internal.image;

import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;

/** A new layer on its way into the store: compressed by gzip, with both of its digests. */
final class LayerOutput implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final HostTree workspace;
    private final String name;
    private final HostFile file;
    private final MessageDigest plainHash;
    private final MessageDigest packedHash;
    private final OutputStream out;
    private long size;

    /** @param descriptor of the layer as it is stored */
    record Made(Descriptor descriptor, Digest diffId) {}

    LayerOutput(HostTree workspace, String name) throws IOException {
        this.workspace = workspace;
        this.name = name;
        Digest kind = new Digest("sha256", "");
        plainHash = kind.start();
        packedHash = kind.start();
        file = workspace.create(name);
        OutputStream disk = new BufferedOutputStream(new DigestOutputStream(new Disk(), packedHash), BUFFER);
        out = new DigestOutputStream(new BufferedOutputStream(new GZIPOutputStream(disk, BUFFER), BUFFER), plainHash);
    }

    OutputStream plain() {
        return out;
    }

    /** Puts it in its place. */
    Made finish(Blobs blobs) throws IOException {
        out.close();
        file.chmod(0400);
        file.sync();
        Digest kind = new Digest("sha256", "");
        Descriptor descriptor = Descriptor.of(MediaTypes.LAYER + "+gzip", kind.is(packedHash.digest()), size);
        if (!blobs.has(descriptor)) {
            blobs.place(workspace, name, descriptor.digest());
        }
        return new Made(descriptor, kind.is(plainHash.digest()));
    }

    @Override
    public void close() {
        file.close();
    }

    private final class Disk extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            file.write(bytes, offset, length, size);
            size += length;
        }
    }
}
