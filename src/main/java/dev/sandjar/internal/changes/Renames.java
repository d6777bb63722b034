package dev.sandjar.internal.changes;

import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.changes.ChangeSet.FileType;
import dev.sandjar.changes.ChangeSet.Kind;
import dev.sandjar.internal.util.FileNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Files that are gone from one place and new, with the same content, at another: overlayfs itself tells only the two halves. */
final class Renames {
    private final LowerLayers root;
    private final ChangeBounds bounds;

    Renames(LowerLayers root, ChangeBounds bounds) {
        this.root = root;
        this.bounds = bounds;
    }

    /** From the old path to the new one. */
    Map<String, String> find(Collection<Change> changes) throws IOException {
        Map<Long, List<Change>> created = new TreeMap<>();
        for (Change change : changes) {
            if (change.kind() == Kind.CREATED && change.type() == FileType.FILE && change.size() > 0) {
                created.computeIfAbsent(change.size(), size -> new ArrayList<>())
                        .add(change);
            }
        }
        Map<String, String> renames = new TreeMap<>();
        for (Change change : changes) {
            List<Change> candidates = created.getOrDefault(change.size(), List.of());
            if (change.kind() != Kind.DELETED || change.type() != FileType.FILE || candidates.isEmpty()) {
                continue;
            }
            String sha256 = change.sha256().isEmpty() ? hash(change.path()) : change.sha256();
            for (Change candidate : candidates) {
                if (candidate.sha256().equals(sha256)) {
                    renames.put(change.path(), candidate.path());
                    candidates.remove(candidate);
                    break;
                }
            }
        }
        return renames;
    }

    private String hash(String path) throws IOException {
        String[] found = {""};
        hash(root, path.substring(1), path, found);
        return found[0];
    }

    private void hash(LowerLayers below, String rest, String path, String[] into) throws IOException {
        int slash = rest.indexOf('/');
        if (slash >= 0) {
            below.enter(FileNames.encode(rest.substring(0, slash)))
                    .use(inner -> hash(inner, rest.substring(slash + 1), path, into));
            return;
        }
        byte[] name = FileNames.encode(rest);
        LowerLayers.Found found = below.find(name);
        if (found != null) {
            into[0] = Content.of(found.directory(), name, found.status(), bounds, path)
                    .sha256();
        }
    }
}
