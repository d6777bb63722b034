package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code docker save} writes: a manifest.json that names a configuration and layers by their files, without digests. */
final class DockerArchive {
    private static final Pattern HASH = Pattern.compile("(?:blobs/sha256/)?([0-9a-f]{64})(?:\\.json)?");
    private static final int IMAGES_MAX = 1000;

    private DockerArchive() {}

    /** @param manifest one that was made for it, already in the store's blobs */
    record Entry(Descriptor manifest, List<String> names) {}

    static List<Entry> read(ArchiveSource source, Blobs blobs, String subject) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (JsonNode image : Json.array(source.small("manifest.json"), subject + " manifest.json")) {
            if (!image.isObject() || entries.size() == IMAGES_MAX) {
                throw new ImageException(subject, "its manifest.json is malformed", "");
            }
            entries.add(entry(image, source, blobs, subject));
        }
        return entries;
    }

    private static Entry entry(JsonNode image, ArchiveSource source, Blobs blobs, String subject) throws IOException {
        String configName = Json.text(image, "Config", "", subject);
        byte[] configText = source.small(configName);
        Descriptor config = Descriptor.of(MediaTypes.CONFIG, configText);
        Matcher hash = HASH.matcher(configName);
        if (hash.matches() && !hash.group(1).equals(config.digest().hex())) {
            throw new ImageException(
                    subject + " " + configName, "its content has the digest " + config.digest(), "get it again");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (String name : Json.texts(image, "Layers", subject)) {
            ArchiveSource.Stored stored = source.get(name);
            Matcher layerHash = HASH.matcher(name);
            if (layerHash.matches()
                    && name.startsWith("blobs/")
                    && !layerHash.group(1).equals(stored.digest().hex())) {
                throw new ImageException(
                        subject + " " + Names.shown(name),
                        "its content has the digest " + stored.digest(),
                        "get it again");
            }
            try (InputStream in = source.open(stored)) {
                Decompression.Kind kind = Decompression.kind(in, subject);
                layers.add(Descriptor.of(MediaTypes.layer(kind), stored.digest(), stored.size()));
            }
        }
        byte[] manifest = Manifests.manifest(config, layers);
        blobs.put(configText, config);
        Descriptor made = Descriptor.of(MediaTypes.MANIFEST, manifest);
        blobs.put(manifest, made);
        return new Entry(made, Json.texts(image, "RepoTags", subject));
    }
}
