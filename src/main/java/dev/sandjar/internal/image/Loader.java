package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageReference;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.OpenFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out what a file or directory holds, and brings its image into the store. */
final class Loader {
    private static final String CONTAINERD_NAME = "io.containerd.image.name";
    private static final int BUFFER = 1 << 17;

    private final Session session;
    private final Blobs blobs;
    private final ImageLimits limits;
    private final Platform platform;

    Loader(Session session, Blobs blobs, ImageLimits limits, Platform platform) {
        this.session = session;
        this.blobs = blobs;
        this.limits = limits;
        this.platform = platform;
    }

    /** @param names what the image is called there, may be empty */
    record Loaded(Descriptor manifest, List<String> names) {}

    /** @param wanted the image to take where there are several; null for the only one */
    Loaded load(Path path, @Nullable String wanted) throws IOException {
        String subject = "image " + path;
        if (Files.isDirectory(path)) {
            try (HostTree directory = HostTree.open(path)) {
                LayoutSource source = new LayoutSource(directory);
                return fromIndex(source, source.index(subject), path, wanted, subject);
            }
        }
        try (InputStream file = new BufferedInputStream(OpenFiles.content(path), BUFFER);
                TarReader tar =
                        new TarReader(Decompression.of(file, limits, subject).plain(), subject)) {
            TarEntry first = tar.next();
            while (first != null
                    && Names.split(first.name(), subject, limits.depth()).isEmpty()) {
                first = tar.next();
            }
            if (first == null) {
                throw new ImageException(subject, "it is an empty archive", "");
            }
            String top = Names.split(first.name(), subject, limits.depth()).get(0);
            if (top.equals("manifest") || top.equals("rootfs")) {
                return new AciImport(session, blobs, limits).load(tar, first, subject);
            }
            return fromArchive(
                    ArchiveSource.lay(session.workspace(), tar, first, limits, subject), path, wanted, subject);
        }
    }

    private Loaded fromArchive(ArchiveSource source, Path path, @Nullable String wanted, String subject)
            throws IOException {
        if (source.find("index.json") != null && source.find(Session.LAYOUT) != null) {
            LayoutSource.checkVersion(source.small(Session.LAYOUT), subject);
            return fromIndex(source, source.small("index.json"), path, wanted, subject);
        }
        if (source.find("manifest.json") == null) {
            throw new ImageException(
                    subject,
                    "it is neither an OCI layout nor an archive of docker save nor an ACI",
                    "ImageStore.importRoot takes an archive of a root directory");
        }
        List<DockerArchive.Entry> entries = DockerArchive.read(source, blobs, subject);
        List<Loaded> all = new ArrayList<>();
        entries.forEach(entry -> all.add(new Loaded(entry.manifest(), entry.names())));
        Loaded chosen = choose(all, wanted, subject);
        return new Loaded(new Importer(blobs, limits, platform).bring(source, chosen.manifest()), chosen.names());
    }

    private Loaded fromIndex(BlobSource source, byte[] index, Path path, @Nullable String wanted, String subject)
            throws IOException {
        JsonNode node = Json.parse(index, subject + " index.json");
        Importer importer = new Importer(blobs, limits, platform);
        List<Loaded> named = new ArrayList<>();
        List<Descriptor> unnamed = new ArrayList<>();
        for (Descriptor entry : Manifests.index(node, subject)) {
            String name = entry.annotations()
                    .getOrDefault(CONTAINERD_NAME, entry.annotations().get(Descriptor.REF_NAME));
            if (name == null) {
                unnamed.add(entry);
            } else {
                named.add(new Loaded(entry, List.of(qualified(name, path))));
            }
        }
        if (named.isEmpty() || (wanted == null && named.size() == 1 && !unnamed.isEmpty())) {
            // One image, for one or several platforms.
            Descriptor chosen = importer.choose(unnamed, source, subject);
            return new Loaded(importer.bring(source, chosen), List.of());
        }
        Loaded chosen = choose(sameName(named, importer, source, subject), wanted, subject);
        return new Loaded(importer.bring(source, chosen.manifest()), chosen.names());
    }

    /** Several entries of one name are its platforms. */
    private static List<Loaded> sameName(List<Loaded> named, Importer importer, BlobSource source, String subject)
            throws IOException {
        List<Loaded> result = new ArrayList<>();
        Map<List<String>, List<Descriptor>> byName = new LinkedHashMap<>();
        named.forEach(loaded -> byName.computeIfAbsent(loaded.names(), names -> new ArrayList<>())
                .add(loaded.manifest()));
        for (Map.Entry<List<String>, List<Descriptor>> each : byName.entrySet()) {
            List<Descriptor> entries = each.getValue();
            List<String> names = each.getKey();
            result.add(new Loaded(
                    entries.size() == 1 ? entries.get(0) : importer.choose(entries, source, subject), names));
        }
        return result;
    }

    private static Loaded choose(List<Loaded> all, @Nullable String wanted, String subject) throws ImageException {
        List<String> names = all.stream().flatMap(l -> l.names().stream()).toList();
        if (wanted == null) {
            if (all.size() != 1) {
                throw new ImageException(
                        subject,
                        "it holds " + all.size() + " images: " + String.join(", ", names),
                        "name the one that is meant");
            }
            return all.get(0);
        }
        for (Loaded loaded : all) {
            for (String name : loaded.names()) {
                if (name.equals(wanted) || canonical(name).equals(canonical(wanted))) {
                    return loaded;
                }
            }
        }
        List<Loaded> shorter = all.stream()
                .filter(loaded -> loaded.names().stream().anyMatch(name -> endsWith(name, wanted)))
                .toList();
        if (shorter.size() == 1) {
            return shorter.get(0);
        }
        throw new ImageException(
                subject, "it holds no image " + wanted + ", but " + String.join(", ", names), "name one of these");
    }

    /** A tag alone, or the last part of a name. */
    private static boolean endsWith(String name, String wanted) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        return last.equals(wanted) || List.of(last.split(":", 2)).contains(wanted);
    }

    private static String canonical(String name) {
        try {
            return ImageReference.parse(name).toString();
        } catch (IllegalArgumentException e) {
            return name;
        }
    }

    /** In a layout a name is often no more than a tag: then the file's own name goes before. */
    private static String qualified(String name, Path path) {
        if (name.contains("/") || name.contains(":")) {
            return name;
        }
        Path last = path.toAbsolutePath().getFileName();
        String base =
                last == null ? "" : last.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(tar|oci).*$", "");
        String candidate = "localhost/" + base + ":" + name;
        return canonical(candidate).equals(candidate) && !base.isEmpty() ? candidate : "localhost/image:" + name;
    }
}
