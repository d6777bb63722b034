package dev.sandjar.internal.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Makes layers and images for tests, also such as no tool would make. */
public final class Tars {
    static final long TIME = 1_600_000_000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarWriter writer = new TarWriter(bytes);
    private long uid;
    private long gid;

    static Tars tar() {
        return new Tars();
    }

    static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Of all entries from now on. */
    Tars owner(long newUid, long newGid) {
        uid = newUid;
        gid = newGid;
        return this;
    }

    Tars entry(String name, TarEntry.Type type, int mode, String link, byte[] content, Map<String, byte[]> xattrs) {
        return entry(name, type, mode, link, content, content.length, 0, 0, xattrs);
    }

    Tars entry(
            String name,
            TarEntry.Type type,
            int mode,
            String link,
            byte[] content,
            long size,
            long major,
            long minor,
            Map<String, byte[]> xattrs) {
        try {
            writer.entry(new TarEntry(
                    latin(name), type, mode, uid, gid, size, TIME, 0, latin(link), major, minor, xattrs, false));
            writer.write(content, 0, content.length);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Tars file(String name, String content) {
        return entry(name, TarEntry.Type.FILE, 0644, "", content.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    Tars directory(String name) {
        return entry(name, TarEntry.Type.DIRECTORY, 0755, "", new byte[0], Map.of());
    }

    Tars symlink(String name, String target) {
        return entry(name, TarEntry.Type.SYMLINK, 0777, target, new byte[0], Map.of());
    }

    Tars hardLink(String name, String target) {
        return entry(name, TarEntry.Type.HARD_LINK, 0644, target, new byte[0], Map.of());
    }

    Tars device(String name, long major, long minor) {
        return entry(name, TarEntry.Type.CHARACTER_DEVICE, 0666, "", new byte[0], 0, major, minor, Map.of());
    }

    Tars attribute(String name, TarEntry.Type type, String attribute, String value) {
        return entry(name, type, 0755, "", new byte[0], Map.of(attribute, value.getBytes(StandardCharsets.ISO_8859_1)));
    }

    byte[] bytes() {
        try {
            writer.close();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    /** Writes an OCI layout of such layers, lowest first, each as it is stored with the digest of what is in it. */
    static Path layout(Path directory, List<byte[]> stored, List<Digest> diffIds, String config) throws IOException {
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.write(directory.resolve("oci-layout"), Session.LAYOUT_TEXT);
        StringBuilder ids = new StringBuilder();
        diffIds.forEach(id ->
                ids.append(ids.isEmpty() ? "" : ",").append('"').append(id).append('"'));
        byte[] configText = ("{\"architecture\":\"" + Platform.host().architecture() + "\",\"os\":\"linux\",\"config\":"
                        + config + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + ids + "]}}")
                .getBytes(StandardCharsets.UTF_8);
        List<Descriptor> layers = new ArrayList<>();
        for (byte[] layer : stored) {
            layers.add(blob(directory, MediaTypes.LAYER, layer));
        }
        Descriptor configDescriptor = blob(directory, MediaTypes.CONFIG, configText);
        Descriptor manifest = blob(directory, MediaTypes.MANIFEST, Manifests.manifest(configDescriptor, layers));
        Files.write(directory.resolve("index.json"), Manifests.index(List.of(manifest)));
        return directory;
    }

    /** An image of one layer, of one directory. */
    public static Path image(Path directory, String config) throws IOException {
        byte[] layer = tar().directory("srv").bytes();
        return layout(directory, List.of(layer), List.of(Digest.of(layer)), config);
    }

    static Path layout(Path directory, byte[]... plain) throws IOException {
        List<Digest> ids = new ArrayList<>();
        for (byte[] layer : plain) {
            ids.add(Digest.of(layer));
        }
        return layout(directory, List.of(plain), ids, "{}");
    }

    static Descriptor blob(Path directory, String type, byte[] content) throws IOException {
        Descriptor descriptor = Descriptor.of(type, content);
        Files.write(directory.resolve("blobs").resolve(descriptor.digest().path()), content);
        return descriptor;
    }

    /** An entry whose header says what it likes, with a right checksum. */
    static byte[] header(String name, char type, String size, Map<Integer, byte[]> patches) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, size);
        put(header, 136, "00000000000\0");
        header[156] = (byte) type;
        put(header, 257, "ustar\00000");
        new HashMap<>(patches).forEach((at, bytes) -> System.arraycopy(bytes, 0, header, at, bytes.length));
        put(header, 148, "        ");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
