package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.image.ImageConfig;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads rkt's application container images ({@code aci.md} of the appc specification): an archive with "manifest" and "rootfs". They
 * become images of one layer, the form that everything else here is made for.
 */
final class AciImport {
    private static final String ROOTFS = "rootfs/";

    private final Session session;
    private final Blobs blobs;
    private final ImageLimits limits;

    AciImport(Session session, Blobs blobs, ImageLimits limits) {
        this.session = session;
        this.blobs = blobs;
        this.limits = limits;
    }

    Loader.Loaded load(TarReader tar, TarEntry first, String subject) throws IOException {
        byte[] manifest = null;
        LayerOutput.Made layer;
        try (LayerOutput output = new LayerOutput(session.workspace(), "aci")) {
            try (TarWriter writer = new TarWriter(output.plain())) {
                Budget budget = new Budget(limits, subject);
                for (TarEntry entry = first; entry != null; entry = tar.next()) {
                    budget.entry(entry);
                    String path = Names.join(Names.split(entry.name(), subject, limits.depth()));
                    if (path.equals("manifest")) {
                        manifest = tar.content(entry, Json.MAX);
                    } else if (path.equals("rootfs")) {
                        copy(entry, "./", tar, writer);
                    } else if (path.startsWith(ROOTFS)) {
                        copy(entry, path.substring(ROOTFS.length()), tar, writer);
                    } else {
                        throw new ImageException(
                                subject, "an ACI has manifest and rootfs, not " + Names.shown(path), "");
                    }
                }
            }
            layer = output.finish(blobs);
        }
        if (manifest == null) {
            throw new ImageException(subject, "it is an ACI without a manifest", "");
        }
        return image(Json.parse(manifest, subject + " manifest"), layer, subject + " manifest");
    }

    private static void copy(TarEntry entry, String name, TarReader tar, TarWriter writer) throws IOException {
        String link = entry.link();
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            String target = link.startsWith("/") ? link.substring(1) : link;
            link = target.startsWith(ROOTFS) ? target.substring(ROOTFS.length()) : target;
        }
        entry.check(new EntrySubject("ACI", name));
        boolean device = entry.type() == TarEntry.Type.CHARACTER_DEVICE || entry.type() == TarEntry.Type.BLOCK_DEVICE;
        writer.entry(new TarEntry(
                name,
                entry.type(),
                entry.mode(),
                entry.uid(),
                entry.gid(),
                entry.size(),
                entry.seconds(),
                entry.nanoseconds(),
                link,
                device ? entry.major() : 0,
                device ? entry.minor() : 0,
                entry.xattrs(),
                false));
        byte[] buffer = new byte[1 << 16];
        long written = 0;
        for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
            writer.write(buffer, 0, n);
            written += n;
        }
        if (written != entry.size()) {
            throw new ImageException("ACI entry " + Names.shown(name), "it is not as long as it says", "");
        }
    }

    private Loader.Loaded image(JsonNode manifest, LayerOutput.Made layer, String subject) throws IOException {
        if (!Json.text(manifest, "acKind", "", subject).equals("ImageManifest")) {
            throw new ImageException(subject, "its acKind is not ImageManifest", "");
        }
        if (!Json.list(manifest, "dependencies", subject).isEmpty()) {
            throw new ImageException(
                    subject,
                    "it is built on other images, which ACIs name by discovery",
                    "flatten it with acbuild or actool");
        }
        Map<String, String> labels = new LinkedHashMap<>();
        for (JsonNode label : Json.list(manifest, "labels", subject)) {
            labels.put(Json.text(label, "name", "", subject), Json.text(label, "value", "", subject));
        }
        Platform host = Platform.host();
        Platform platform = new Platform(
                labels.getOrDefault("os", host.os()), labels.getOrDefault("arch", host.architecture()), "");
        byte[] config =
                Manifests.config(config(manifest, subject), platform, List.of(layer.diffId()), "imported from an ACI");
        Descriptor configDescriptor = Descriptor.of(MediaTypes.CONFIG, config);
        byte[] made = Manifests.manifest(configDescriptor, List.of(layer.descriptor()));
        Descriptor descriptor = Descriptor.of(MediaTypes.MANIFEST, made);
        blobs.put(config, configDescriptor);
        blobs.put(made, descriptor);
        String name = Json.text(manifest, "name", "", subject);
        String version = labels.getOrDefault("version", "latest");
        return new Loader.Loaded(
                new Descriptor(MediaTypes.MANIFEST, descriptor.digest(), descriptor.size(), Map.of(), platform),
                name.isEmpty() ? List.of() : List.of(name + ":" + version));
    }

    private static ImageConfig config(JsonNode manifest, String subject) throws ImageException {
        JsonNode app = Json.object(manifest, "app", subject);
        Map<String, String> environment = new LinkedHashMap<>();
        for (JsonNode variable : Json.list(app, "environment", subject)) {
            environment.put(Json.text(variable, "name", "", subject), Json.text(variable, "value", "", subject));
        }
        String user = Json.text(app, "user", "", subject);
        String group = Json.text(app, "group", "", subject);
        List<String> volumes = new java.util.ArrayList<>();
        for (JsonNode mount : Json.list(app, "mountPoints", subject)) {
            volumes.add(Json.text(mount, "path", "", subject));
        }
        return new ImageConfig(
                Json.texts(app, "exec", subject),
                List.of(),
                environment,
                Json.text(app, "workingDirectory", "", subject),
                group.isEmpty() ? user : user + ":" + group,
                volumes,
                List.of(),
                Map.of(),
                "");
    }
}
