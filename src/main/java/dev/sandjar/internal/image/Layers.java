package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.internal.host.SubordinateMap;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.TreeRemoval;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Unpacked layers, each once for all images that have it on the same layers below (the ChainID of the OCI image specification): what a
 * layer says of directories and links can depend on those. A layer appears complete and on the disk, or not at all.
 */
final class Layers {
    private static final String ROOT = "root";
    private static final String INFO = "info.json";
    private static final long TRAILER_MAX = 64L << 20;

    private final Session session;
    private final Blobs blobs;
    private final ImageLimits limits;
    private final Ownership ownership;
    private final VerifiedLayers verified;

    Layers(Session session, Blobs blobs, ImageLimits limits, Ownership ownership) {
        this.session = session;
        this.blobs = blobs;
        this.limits = limits;
        this.ownership = ownership;
        this.verified = new VerifiedLayers(session, blobs, limits);
    }

    /** The names of a stack of layers, lowest first. */
    static List<Digest> chain(List<Digest> diffIds) {
        List<Digest> chain = new ArrayList<>();
        for (Digest diffId : diffIds) {
            chain.add(
                    chain.isEmpty()
                            ? diffId
                            : Digest.of(
                                    (chain.get(chain.size() - 1) + " " + diffId).getBytes(StandardCharsets.US_ASCII)));
        }
        return chain;
    }

    /**
     * @param bytes sum of the sizes of its files
     * @param highest number of an owner, as it is inside
     * @param uids lines of the map by which users have become owners of files; none if none was used
     */
    record Info(long bytes, long entries, long highest, List<String> notes, List<String> uids, List<String> gids) {}

    /** What an image without layers has in their place, whose root is empty. */
    private static final Digest NOTHING = Digest.of(new byte[0]);

    List<Digest> chainOrEmpty(List<Digest> diffIds) {
        return diffIds.isEmpty() ? List.of(NOTHING) : chain(diffIds);
    }

    /** The layers of an image, unpacked if need be, held so that nobody removes them; topmost first. To be closed. */
    Held hold(Manifests.Manifest manifest, List<Digest> diffIds) throws IOException {
        if (diffIds.isEmpty()) {
            return holdNothing();
        }
        List<Digest> chain = chain(diffIds);
        List<HostTree> held = new ArrayList<>();
        List<Info> infos = new ArrayList<>();
        try {
            for (int i = 0; i < chain.size(); i++) {
                HostTree layer = take(chain.get(i));
                if (layer == null) {
                    layer = unpack(chain.get(i), manifest.layers().get(i), diffIds.get(i), held);
                }
                held.add(0, layer);
                verified.check(manifest.layers().get(i), diffIds.get(i));
                infos.add(0, info(layer));
            }
            return new Held(held, infos);
        } catch (IOException | RuntimeException | Error e) {
            held.forEach(HostTree::close);
            throw e;
        }
    }

    /** Unpacked layers that stay while this is open. */
    static final class Held implements AutoCloseable {
        private final List<HostTree> layers;
        private final List<Info> infos;

        Held(List<HostTree> layers, List<Info> infos) {
            this.layers = List.copyOf(layers);
            this.infos = List.copyOf(infos);
        }

        /** Directories of their files, topmost first; to be closed. */
        List<HostTree> roots() throws IOException {
            List<HostTree> roots = new ArrayList<>();
            try {
                for (HostTree layer : layers) {
                    roots.add(layer.beneath(ROOT));
                }
                return roots;
            } catch (IOException | RuntimeException | Error e) {
                roots.forEach(HostTree::close);
                throw e;
            }
        }

        /** How many from the top are seen: overlayfs merges the roots of layers, also of one that hides all below. */
        int shown() throws IOException {
            for (int i = 0; i < layers.size(); i++) {
                try (HostTree root = layers.get(i).beneath(ROOT)) {
                    if (LayerView.isOpaque(root)) {
                        return i + 1;
                    }
                }
            }
            return layers.size();
        }

        List<Info> infos() {
            return infos;
        }

        @Override
        public void close() {
            layers.forEach(HostTree::close);
        }
    }

    private Held holdNothing() throws IOException {
        HostTree layer = take(NOTHING);
        if (layer == null) {
            layer = unpack(NOTHING, null, NOTHING, List.of());
        }
        try {
            return new Held(List.of(layer), List.of(info(layer)));
        } catch (IOException | RuntimeException | Error e) {
            layer.close();
            throw e;
        }
    }

    private String place(Digest chainId) {
        return "layers/" + ownership.directory() + "/" + chainId.hex();
    }

    /** How {@link #rootOf} ends. */
    static String end(Digest chainId) {
        return chainId.hex() + "/" + ROOT;
    }

    /** Where the files of a layer are, below the store. */
    String rootOf(Digest chainId) {
        return "layers/" + ownership.directory() + "/" + end(chainId);
    }

    /** Locked against removal; null if it is not there. */
    private @Nullable HostTree take(Digest chainId) throws IOException {
        HostTree layer = session.root().tryBeneath(place(chainId));
        if (layer == null) {
            return null;
        }
        try {
            layer.lock(false, true);
            // While waiting for the lock, somebody may have removed it.
            HostTree.Stat mine = layer.stat("");
            HostTree.Stat there = session.root().stat(place(chainId));
            if (mine == null || there == null || mine.inode() != there.inode()) {
                layer.close();
                return null;
            }
            return layer;
        } catch (IOException | RuntimeException | Error e) {
            layer.close();
            throw e;
        }
    }

    /** @param blob null for nothing */
    private HostTree unpack(Digest chainId, @Nullable Descriptor blob, Digest diffId, List<HostTree> lower)
            throws IOException {
        Session.mkdir(session.root(), "layers");
        try (HostTree layers = session.root().beneath("layers")) {
            Session.mkdir(layers, ownership.directory());
        }
        try (HostTree lock = session.lock("unpack-" + chainId.hex().substring(0, 2))) {
            HostTree layer = take(chainId);
            if (layer != null) {
                return layer;
            }
            String name = "layer-" + chainId.hex();
            HostTree workspace = session.workspace();
            try {
                workspace.mkdir(name, 0700);
                try (HostTree fresh = workspace.beneath(name)) {
                    unpack(fresh, blob, diffId, lower);
                    fresh.syncFileSystem();
                }
                layer = workspace.beneath(name);
                layer.lock(false, false);
                try (HostTree to = session.root().beneath("layers/" + ownership.directory())) {
                    int result = workspace.tryRename(name, to, chainId.hex());
                    if (result < 0) {
                        throw Calls.failure("keep layer " + chainId, "renameat2", to.shown(chainId.hex()), -result);
                    }
                    to.sync();
                }
                lock.sync();
                if (blob != null) {
                    verified.add(blob, diffId);
                }
                return layer;
            } catch (IOException | RuntimeException | Error e) {
                if (layer != null) {
                    layer.close();
                }
                TreeRemoval.remove(workspace, name);
                throw e;
            }
        }
    }

    private void unpack(HostTree fresh, @Nullable Descriptor blob, Digest diffId, List<HostTree> lower)
            throws IOException {
        String subject = "layer " + diffId;
        fresh.mkdir(ROOT, 0755);
        List<HostTree> roots = new ArrayList<>();
        Budget budget = new Budget(limits, subject);
        Result result;
        try (HostTree root = fresh.beneath(ROOT);
                InputStream raw = blob == null ? InputStream.nullInputStream() : blobs.open(blob)) {
            for (HostTree layer : lower) {
                roots.add(layer.beneath(ROOT));
            }
            result = unpack(raw, diffId, root, roots, budget, subject);
        } finally {
            roots.forEach(HostTree::close);
        }
        SubordinateMap map = ownership.map();
        List<String> uids = map == null ? List.of() : map.uidLines();
        List<String> gids = map == null ? List.of() : map.gidLines();
        write(fresh, new Info(budget.bytes(), budget.entries(), result.highest(), result.notes(), uids, gids));
    }

    /** What is to be said of a layer that is unpacked. */
    private record Result(List<String> notes, long highest) {}

    private Result unpack(
            InputStream raw, Digest diffId, HostTree root, List<HostTree> lower, Budget budget, String subject)
            throws IOException {
        Decompression.Result plain = Decompression.of(raw, limits, subject);
        HashingInput hashing = new HashingInput(plain.plain(), diffId, -1, subject);
        // Whoever decompresses hashes too, in large pieces.
        InputStream stream = plain.kind() == Decompression.Kind.PLAIN ? hashing : new ReadAhead(hashing);
        try (TarReader tar = new TarReader(stream, subject);
                Unpacker unpacker = new Unpacker(root, lower, ownership, budget, subject)) {
            unpacker.unpack(tar);
            tar.finish(TRAILER_MAX);
            hashing.finish(0);
            return new Result(unpacker.notes(), unpacker.highest());
        }
    }

    private static void write(HostTree fresh, Info info) throws IOException {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("bytes", info.bytes());
        node.put("entries", info.entries());
        node.put("highest", info.highest());
        info.notes().forEach(node.putArray("notes")::add);
        info.uids().forEach(node.putArray("uids")::add);
        info.gids().forEach(node.putArray("gids")::add);
        byte[] text = Json.write(node);
        try (HostFile file = fresh.create(INFO)) {
            file.write(text, 0, text.length, 0);
        }
    }

    private static Info info(HostTree layer) throws IOException {
        try (InputStream in = layer.read(INFO).content()) {
            String subject = "info.json of layer " + layer;
            JsonNode node = Json.parse(BoundedReads.bytes(in, Json.MAX, subject), subject);
            return new Info(
                    Json.number(node, "bytes", subject),
                    Json.number(node, "entries", subject),
                    // Layers of the first versions don't say it.
                    node.has("highest") ? Json.number(node, "highest", subject) : 0,
                    Json.texts(node, "notes", subject),
                    Json.texts(node, "uids", subject),
                    Json.texts(node, "gids", subject));
        }
    }

    /** All unpacked layers, of any ownership: path below the store and bytes of the files. */
    static List<String> list(Session session) throws IOException {
        List<String> all = new ArrayList<>();
        try (HostTree layers = session.root().beneath("layers")) {
            for (String ownership : layers.list()) {
                try (HostTree directory = layers.beneath(ownership)) {
                    directory.list().forEach(name -> all.add("layers/" + ownership + "/" + name));
                }
            }
        }
        return all;
    }

    static long bytes(Session session, String place) throws IOException {
        try (HostTree layer = session.root().beneath(place)) {
            return info(layer).bytes();
        }
    }

    /**
     * Removes a layer unless somebody holds it. Only for a session that is alone.
     *
     * @throws ImageException if files of it belong to subordinate ids that this user does not have any more
     */
    static boolean remove(Session session, String place) throws IOException {
        int slash = place.lastIndexOf('/');
        try (HostTree parent = session.root().beneath(place.substring(0, slash));
                HostTree layer = parent.beneath(place.substring(slash + 1))) {
            if (!layer.lock(true, false)) {
                return false;
            }
            checkOwners(layer);
            String name = "removed-" + place.substring(slash + 1);
            int result = parent.tryRename(place.substring(slash + 1), session.workspace(), name);
            if (result < 0 && !Errno.ENOENT.is(-result)) {
                throw Calls.failure(
                        "remove layer " + place, "renameat2", parent.shown(place.substring(slash + 1)), -result);
            }
            TreeRemoval.remove(session.workspace(), name);
            return true;
        }
    }

    private static void checkOwners(HostTree layer) throws IOException {
        Info info = info(layer);
        if (info.uids().isEmpty()) {
            return;
        }
        SubordinateMap map = SubordinateFiles.map();
        if (map == null || !map.hasLines(info.uids(), info.gids())) {
            throw new ImageException(
                    "layer " + layer,
                    "files of it belong to subordinate ids that this user does not have any more: " + info.uids(),
                    "give them back in /etc/subuid and /etc/subgid, or remove the directory as root");
        }
    }
}
