package dev.sandjar.internal.changes;

import dev.sandjar.SandboxException;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.changes.ChangeSet.FileType;
import dev.sandjar.changes.ChangeSet.Kind;
import dev.sandjar.internal.hostfs.FileStatus;
import dev.sandjar.internal.hostfs.HostDirectory;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.UpperDirectory;
import dev.sandjar.internal.util.FileNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares a writable layer, whose content is hostile, with what lies below it. */
final class ChangeReader {
    private static final String STEP = "read changes";

    private final boolean stacked;
    private final ChangeBounds bounds = new ChangeBounds();
    private final List<Change> changes = new ArrayList<>();

    private ChangeReader(boolean stacked) {
        this.stacked = stacked;
    }

    /** {@code began}: the permissions with which a layer began that was made for this start; -1 of another. */
    static LayerChanges read(
            UpperDirectory upper, List<Path> lower, SetUp setUp, int began, @Nullable ScratchDirectory scratch)
            throws IOException {
        ChangeReader reader = new ChangeReader(!lower.isEmpty());
        List<HostDirectory> below = new ArrayList<>();
        SubordinateFiles.Use use = SubordinateFiles.use();
        try (HostDirectory root = upper.open()) {
            for (Path layer : lower) {
                below.add(HostDirectory.openWithSubordinates(layer));
            }
            if (began >= 0) {
                reader.ownMode("/", root, began);
            }
            reader.visit("", root, new LowerLayers(below), setUp, 0);
            Map<String, String> renames = new Renames(new LowerLayers(below), reader.bounds).find(reader.changes);
            return new LayerChanges(upper, reader.changes, renames, scratch);
        } finally {
            below.forEach(HostDirectory::close);
            use.close();
        }
    }

    private void ownMode(String path, HostDirectory directory, int before) throws IOException {
        int mode = directory.status().permissions();
        if (mode != before) {
            add(new Change(Kind.MODIFIED, path, FileType.DIRECTORY, mode, 0, "", "", false));
        }
    }

    private void add(Change change) throws SandboxException {
        bounds.entry(change.path());
        changes.add(change);
    }

    private void visit(String path, HostDirectory upper, LowerLayers lower, @Nullable SetUp setUp, int depth)
            throws IOException {
        bounds.depth(path, depth);
        LowerLayers below = lower;
        Set<String> hidden = new TreeSet<>();
        boolean markedWhiteouts = false;
        if (stacked) {
            String opaque = mark(upper, "opaque");
            markedWhiteouts = opaque.equals("x");
            if (opaque.equals("y")) {
                hidden.addAll(lower.names(bounds.left()));
                below = LowerLayers.nothing();
            }
            if (!mark(upper, "redirect").isEmpty()) {
                throw untold(path, "overlayfs moved it without its content (redirect_dir)");
            }
        }
        Set<String> seen = new HashSet<>();
        for (byte[] raw : sorted(upper.names(bounds.left()))) {
            String name = FileNames.decode(raw);
            seen.add(name);
            SetUp placed = setUp == null ? null : setUp.child(name);
            if (placed == null || placed.kind() != SetUp.Kind.MOUNT_POINT) {
                entry(path + "/" + name, raw, upper, below, placed, markedWhiteouts, depth);
            }
        }
        for (String name : hidden) {
            if (!seen.contains(name)) {
                deleted(path + "/" + name, FileNames.encode(name), lower, depth);
            }
        }
        if (setUp != null) {
            missing(path, setUp, seen, below);
        }
    }

    private static List<byte[]> sorted(List<byte[]> names) {
        names.sort(Arrays::compareUnsigned);
        return names;
    }

    private String mark(HostDirectory directory, String name) throws IOException {
        String value = directory.attribute("user.overlay." + name);
        return value.isEmpty() ? directory.attribute("trusted.overlay." + name) : value;
    }

    private static SandboxException untold(String path, String reason) {
        return new SandboxException(
                STEP, null, path, 0, reason, "use a user namespace, with which overlayfs doesn't do that");
    }

    private void entry(
            String path,
            byte[] name,
            HostDirectory upper,
            LowerLayers below,
            @Nullable SetUp placed,
            boolean markedWhiteouts,
            int depth)
            throws IOException {
        FileStatus status = upper.status(name);
        if (status == null) {
            throw new SandboxException(
                    STEP, "statx", path, 0, "it went while it was read", "let nobody else write there");
        }
        if (stacked && (status.isWhiteout() || (markedWhiteouts && isMarkedWhiteout(upper, name, status)))) {
            deleted(path, name, below, depth);
            return;
        }
        LowerLayers.Found found = below.find(name);
        if (status.isDirectory()) {
            directory(path, name, upper, below, found, placed, depth);
            return;
        }
        Content now = Content.of(upper, name, status, bounds, path);
        Content before = placed != null
                ? Content.of(placed)
                : found == null ? null : Content.of(found.directory(), name, found.status(), bounds, path);
        boolean same = before != null && before.isSame(now);
        if (before == null || !same || before.mode() != now.mode()) {
            add(now.change(before == null ? Kind.CREATED : Kind.MODIFIED, path, !same));
        }
        if (found != null && found.status().isDirectory()) {
            below.enter(name).use(inner -> deletedBelow(path, inner, depth + 1));
        }
    }

    private boolean isMarkedWhiteout(HostDirectory upper, byte[] name, FileStatus status) throws IOException {
        return status.isFile()
                && status.size() == 0
                && (!upper.attribute(name, "user.overlay.whiteout").isEmpty()
                        || !upper.attribute(name, "trusted.overlay.whiteout").isEmpty());
    }

    private void directory(
            String path,
            byte[] name,
            HostDirectory upper,
            LowerLayers below,
            LowerLayers.@Nullable Found found,
            @Nullable SetUp placed,
            int depth)
            throws IOException {
        FileStatus status = upper.status(name);
        int mode = status == null ? 0 : status.permissions();
        boolean lowerIs = found != null && found.status().isDirectory();
        boolean placedIs = placed != null && placed.kind() == SetUp.Kind.DIRECTORY;
        if (lowerIs || placedIs) {
            int before =
                    found != null && lowerIs ? found.status().permissions() : placed == null ? mode : placed.mode();
            if (mode != before) {
                add(new Change(Kind.MODIFIED, path, FileType.DIRECTORY, mode, 0, "", "", false));
            }
        } else {
            Kind kind = found == null && placed == null ? Kind.CREATED : Kind.MODIFIED;
            add(new Change(kind, path, FileType.DIRECTORY, mode, 0, "", "", true));
        }
        try (HostDirectory directory = upper.directory(name)) {
            if (lowerIs) {
                below.enter(name).use(inner -> visit(path, directory, inner, placed, depth + 1));
            } else {
                visit(path, directory, LowerLayers.nothing(), placed, depth + 1);
            }
        }
    }

    /** Something of a lower layer is gone, with all that was in it. */
    private void deleted(String path, byte[] name, LowerLayers below, int depth) throws IOException {
        LowerLayers.Found found = below.find(name);
        if (found == null) {
            return;
        }
        FileStatus status = found.status();
        String target = status.isLink() ? FileNames.decode(found.directory().link(name)) : "";
        FileType type = Content.type(status);
        add(new Change(
                Kind.DELETED,
                path,
                type,
                status.permissions(),
                type == FileType.FILE ? status.size() : 0,
                "",
                target,
                true));
        if (status.isDirectory()) {
            below.enter(name).use(inner -> deletedBelow(path, inner, depth + 1));
        }
    }

    private void deletedBelow(String path, LowerLayers below, int depth) throws IOException {
        bounds.depth(path, depth);
        for (String name : below.names(bounds.left())) {
            deleted(path + "/" + name, FileNames.encode(name), below, depth);
        }
    }

    /** What the set-up had put here, and is not here any more. */
    private void missing(String path, SetUp setUp, Set<String> seen, LowerLayers below) throws IOException {
        for (String name : setUp.names()) {
            SetUp placed = setUp.child(name);
            if (placed == null
                    || placed.isOptional()
                    || seen.contains(name)
                    || below.find(FileNames.encode(name)) != null) {
                continue;
            }
            String at = path + "/" + name;
            if (placed.kind() == SetUp.Kind.DIRECTORY) {
                if (onlyMounts(placed)) {
                    continue; // an optional bind that was not there has needed no directory
                }
                add(new Change(Kind.DELETED, at, FileType.DIRECTORY, placed.mode(), 0, "", "", true));
                missing(at, placed, Set.of(), LowerLayers.nothing());
            } else {
                add(Content.of(placed).change(Kind.DELETED, at, true));
            }
        }
    }

    private static boolean onlyMounts(SetUp placed) {
        return !placed.names().isEmpty()
                && placed.names().stream()
                        .map(placed::child)
                        .allMatch(child -> child != null
                                && (child.isOptional() || (child.kind() == SetUp.Kind.DIRECTORY && onlyMounts(child))));
    }
}
