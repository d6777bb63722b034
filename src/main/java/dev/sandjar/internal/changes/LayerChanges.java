package dev.sandjar.internal.changes;

import dev.sandjar.DataSize;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.internal.hostfs.HostDirectory;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.UpperDirectory;
import dev.sandjar.internal.util.FileNames;
import dev.sandjar.internal.util.OptionalLibrary;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was read of a writable layer, and the layer. */
final class LayerChanges implements ChangeSet {
    private static final int TEXT_MAX = 16 << 20;

    private final UpperDirectory layer;
    private final Map<String, Change> byPath = new TreeMap<>();
    private final List<Change> all;
    private final Map<String, String> renames;
    private final @Nullable ScratchDirectory scratch;
    private volatile boolean closed;
    private volatile boolean discarded;

    LayerChanges(
            UpperDirectory layer,
            List<Change> changes,
            Map<String, String> renames,
            @Nullable ScratchDirectory scratch) {
        this.layer = layer;
        this.renames = Map.copyOf(renames);
        this.scratch = scratch;
        changes.forEach(change -> byPath.put(change.path(), change));
        this.all = List.copyOf(byPath.values());
    }

    @Override
    public List<Change> all() {
        return all;
    }

    @Override
    public List<Change> created() {
        return of(Kind.CREATED);
    }

    @Override
    public List<Change> modified() {
        return of(Kind.MODIFIED);
    }

    @Override
    public List<Change> deleted() {
        return of(Kind.DELETED);
    }

    private List<Change> of(Kind kind) {
        return all.stream().filter(change -> change.kind() == kind).toList();
    }

    @Override
    public boolean isEmpty() {
        return all.isEmpty();
    }

    @Override
    public Optional<Change> find(String path) {
        return Optional.ofNullable(byPath.get(path));
    }

    @Override
    public Map<String, String> renames() {
        return renames;
    }

    @Override
    public InputStream content(String path) throws IOException {
        Change change = byPath.get(path);
        if (change == null || change.type() != FileType.FILE || change.kind() == Kind.DELETED) {
            throw new IllegalArgumentException(Printable.quote(path) + " is not a file that was created or modified");
        }
        if (closed) {
            throw new IllegalStateException("this change set is closed");
        }
        SubordinateFiles.Use use = SubordinateFiles.use();
        try {
            return open(layer.open(), path.substring(1));
        } finally {
            use.close();
        }
    }

    private static InputStream open(HostDirectory directory, String path) throws IOException {
        try (directory) {
            int slash = path.indexOf('/');
            return slash < 0
                    ? directory.read(FileNames.encode(path))
                    : open(directory.directory(FileNames.encode(path.substring(0, slash))), path.substring(slash + 1));
        }
    }

    @Override
    public String text(String path) throws IOException {
        try (InputStream in = content(path)) {
            byte[] bytes = in.readNBytes(TEXT_MAX + 1);
            if (bytes.length > TEXT_MAX) {
                throw new IllegalArgumentException(
                        Printable.quote(path) + " is larger than " + DataSize.bytes(TEXT_MAX));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    @Override
    public String manifest() {
        StringBuilder text = new StringBuilder();
        all.forEach(change -> text.append(change).append('\n'));
        return text.toString();
    }

    @Override
    public String digest() {
        return HexFormat.of().formatHex(Content.digest().digest(manifest().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void exportTar(OutputStream out) throws IOException {
        OptionalLibrary.COMMONS_COMPRESS.neededFor("A change set as a tar archive");
        ChangeTar.write(this, out);
    }

    @Override
    public void commit(Path directory) throws IOException {
        new ChangeCommit(this).to(directory);
    }

    /** Whether the files are no longer there, as far as this knows. */
    boolean isGone() {
        return discarded || (scratch != null && closed);
    }

    @Override
    public void discard() throws IOException {
        if (scratch != null) {
            close();
            return;
        }
        closed = true;
        discarded = true;
        SubordinateFiles.Use use = SubordinateFiles.use();
        try {
            layer.remove();
        } finally {
            use.close();
        }
    }

    @Override
    public void close() throws IOException {
        boolean was = closed;
        closed = true;
        if (scratch != null && !was) {
            scratch.close();
        }
    }

    @Override
    public String toString() {
        return manifest();
    }
}
