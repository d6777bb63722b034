package dev.sandjar.internal.image;

import dev.sandjar.image.ImageReference;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Writes one image as an OCI image layout that other tools read: a directory, or its archive. */
final class LayoutWriter {
    private static final int CHUNK = 1 << 17;
    private static final int DIRECTORY = 0777;
    private static final int FILE = 0666;
    private static final Pattern COMPRESSED = Pattern.compile("\\.(tgz|tar\\.[a-z0-9]+)$");

    private final Blobs blobs;

    LayoutWriter(Blobs blobs) {
        this.blobs = blobs;
    }

    void write(StoredImage image, Path target) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Path name = target.toAbsolutePath().getFileName();
        if (COMPRESSED.matcher(String.valueOf(name)).find()) {
            throw new IllegalArgumentException(
                    "a layout is saved as a directory or as \".tar\", not as " + name + "; its layers are compressed");
        }
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw new NoSuchFileException(parent.toString(), null, "is not a directory");
        }
        // Others may write there too: nothing is found by a path that they could change.
        try (HostTree place = HostTree.open(parent == null ? Path.of("/") : parent)) {
            String temporary = ".sandjar-save-"
                    + Long.toHexString(ThreadLocalRandom.current().nextLong());
            try {
                if (target.toString().endsWith(".tar")) {
                    archive(image, place, temporary);
                } else {
                    directory(image, place, temporary);
                }
                int result = place.tryRename(temporary, place, HostTree.name(target));
                if (Errno.EEXIST.is(-result)) {
                    throw new FileAlreadyExistsException(target.toString());
                }
                if (result < 0) {
                    throw Calls.failure("save an image", "renameat2", PathBytes.shown(target), -result);
                }
            } finally {
                TreeRemoval.remove(place, temporary);
            }
        }
    }

    private static byte[] index(StoredImage image) throws IOException {
        Descriptor plain = Descriptor.of(
                image.manifest().mediaType(),
                image.manifest().digest(),
                image.manifest().size());
        Descriptor named = new Descriptor(
                plain.mediaType(),
                plain.digest(),
                plain.size(),
                Map.of(),
                image.description().platform());
        String full = image.reference();
        if (full == null) {
            return Manifests.index(List.of(named.annotated(Descriptor.REF_NAME, "latest")));
        }
        // Tools of layouts take the tag only.
        return Manifests.index(List.of(named.annotated(
                        Descriptor.REF_NAME, ImageReference.parse(full).tag().orElse("latest"))
                .annotated("io.containerd.image.name", full)));
    }

    private static List<Descriptor> contents(StoredImage image) {
        List<Descriptor> all = new ArrayList<>();
        Set<Digest> seen = new LinkedHashSet<>();
        List<Descriptor> candidates =
                new ArrayList<>(List.of(image.manifest(), image.parts().config()));
        candidates.addAll(image.parts().layers());
        for (Descriptor candidate : candidates) {
            if (seen.add(candidate.digest())) {
                all.add(candidate);
            }
        }
        return all;
    }

    private void directory(StoredImage image, HostTree place, String name) throws IOException {
        place.mkdir(name, DIRECTORY);
        try (HostTree layout = place.beneath(name)) {
            small(layout, Session.LAYOUT, Session.LAYOUT_TEXT);
            small(layout, "index.json", index(image));
            layout.mkdir("blobs", DIRECTORY);
            try (HostTree blobsOfIt = layout.beneath("blobs")) {
                for (Descriptor content : contents(image)) {
                    String[] path = content.digest().path().split("/");
                    blobsOfIt.mkdirs(path[0], DIRECTORY);
                    try (HostTree kind = blobsOfIt.beneath(path[0]);
                            OutputStream out = kind.create(path[1], FILE).output()) {
                        copy(content, out::write);
                    }
                }
            }
        }
    }

    private static void small(HostTree directory, String name, byte[] content) throws IOException {
        try (HostFile file = directory.create(name, FILE)) {
            file.write(content, 0, content.length, 0);
        }
    }

    private interface Sink {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    /** Verified once more: what is handed on is right. */
    private void copy(Descriptor content, Sink sink) throws IOException {
        byte[] buffer = new byte[CHUNK];
        try (InputStream in = blobs.open(content);
                HashingInput hashing =
                        new HashingInput(in, content.digest(), content.size(), Blobs.about(content.digest()))) {
            for (int n = hashing.read(buffer); n >= 0; n = hashing.read(buffer)) {
                sink.write(buffer, 0, n);
            }
            hashing.finish(0);
        }
    }

    private void archive(StoredImage image, HostTree place, String name) throws IOException {
        try (OutputStream file =
                        new BufferedOutputStream(place.create(name, FILE).output(), CHUNK);
                TarWriter tar = new TarWriter(file)) {
            small(tar, Session.LAYOUT, Session.LAYOUT_TEXT);
            small(tar, "index.json", index(image));
            tar.entry(file("blobs", TarEntry.Type.DIRECTORY, 0755, 0));
            tar.entry(file("blobs/sha256", TarEntry.Type.DIRECTORY, 0755, 0));
            for (Descriptor content : contents(image)) {
                tar.entry(file("blobs/" + content.digest().path(), TarEntry.Type.FILE, 0644, content.size()));
                copy(content, tar::write);
            }
        }
    }

    private static void small(TarWriter tar, String name, byte[] content) throws IOException {
        tar.entry(file(name, TarEntry.Type.FILE, 0644, content.length));
        tar.write(content, 0, content.length);
    }

    private static TarEntry file(String name, TarEntry.Type type, int mode, long size) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return new TarEntry(
                new String(bytes, StandardCharsets.ISO_8859_1),
                type,
                mode,
                0,
                0,
                size,
                0,
                0,
                "",
                0,
                0,
                Map.of(),
                false);
    }
}
