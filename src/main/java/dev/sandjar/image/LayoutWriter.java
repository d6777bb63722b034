package dev.sandjar.image;

import dev.sandjar.ImageReference;
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
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Writes one image as an OCI image layout that other tools read: a directory, or its archive. */
final class LayoutWriter {
    private static final int CHUNK = 1 << 17;
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
            throw new NoSuchFileException(parent.toString(), null, "is no directory");
        }
        Path temporary = target.resolveSibling("." + name + ".new");
        try {
            if (target.toString().endsWith(".tar")) {
                archive(image, temporary);
            } else {
                directory(image, temporary);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            remove(temporary);
        }
    }

    private static void remove(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (var entries = Files.newDirectoryStream(path)) {
                for (Path entry : entries) {
                    remove(entry);
                }
            }
        }
        Files.deleteIfExists(path);
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
                image.config().platform());
        String full = image.name();
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

    private void directory(StoredImage image, Path target) throws IOException {
        Files.createDirectory(target);
        Files.write(target.resolve(Session.LAYOUT), Session.LAYOUT_TEXT);
        Files.write(target.resolve("index.json"), index(image));
        for (Descriptor content : contents(image)) {
            Path file = target.resolve("blobs").resolve(content.digest().path());
            Files.createDirectories(file.getParent());
            try (OutputStream out = Files.newOutputStream(file)) {
                copy(content, out::write);
            }
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

    private void archive(StoredImage image, Path target) throws IOException {
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(target), CHUNK);
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
