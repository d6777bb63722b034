package dev.sandjar.oci;

import dev.sandjar.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The directories of an overlay, as {@code mount(8)} has them in options: what podman writes for volumes with "O". */
final class OverlayReader {
    private static final String LOWER = "lowerdir=";
    private static final String UPPER = "upperdir=";
    private static final String WORK = "workdir=";

    private final JsonAt mount;
    private final Path bundle;
    private final List<Path> lower = new ArrayList<>();
    private final List<JsonAt> others = new ArrayList<>();
    private @Nullable JsonAt lowerAt;
    private @Nullable JsonAt upperAt;
    private @Nullable Path upper;
    private @Nullable Path work;

    private OverlayReader(JsonAt mount, Path bundle) {
        this.mount = mount;
        this.bundle = bundle;
    }

    static OverlayReader of(JsonAt mount, List<JsonAt> options, Path bundle) throws InvalidBundleException {
        OverlayReader reader = new OverlayReader(mount, bundle);
        for (JsonAt option : options) {
            reader.read(option);
        }
        return reader;
    }

    /** Of a word that is there twice the last counts, as for the kernel. */
    private void read(JsonAt option) throws InvalidBundleException {
        String word = option.text();
        if (word.startsWith(LOWER)) {
            lowerAt = option;
            lower.clear();
            for (String path : split(word.substring(LOWER.length()))) {
                lower.add(path(option, path));
            }
        } else if (word.startsWith(UPPER)) {
            upperAt = option;
            upper = path(option, String.join(":", split(word.substring(UPPER.length()))));
        } else if (word.startsWith(WORK)) {
            work = path(option, String.join(":", split(word.substring(WORK.length()))));
        } else {
            others.add(option);
        }
    }

    private Path path(JsonAt option, String text) throws InvalidBundleException {
        if (text.isEmpty()) {
            throw option.refused("names no directory");
        }
        return option.checked(() -> bundle.resolve(text).normalize());
    }

    /** At colons, but for those with a backslash before them, which stands for what follows. */
    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ':') {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                i += c == '\\' && i + 1 < text.length() ? 1 : 0;
                part.append(text.charAt(i));
            }
        }
        parts.add(part.toString());
        return parts;
    }

    Mount mount(String target) throws InvalidBundleException {
        if (lowerAt == null) {
            throw mount.refused("options", "an overlay needs \"lowerdir=...\"");
        }
        Mount made = lowerAt.checked(() -> Mount.overlay(lower, target));
        Path changes = upper;
        Path beside = work;
        if (upperAt == null || changes == null) {
            if (beside != null) {
                throw mount.refused("options", "\"workdir=...\" of an overlay is for one with \"upperdir=...\"");
            }
            return made;
        }
        if (beside == null) {
            throw upperAt.refused("needs \"workdir=...\" too");
        }
        return upperAt.checked(() -> made.upper(changes, beside));
    }

    /** Options that name no directory. */
    List<JsonAt> others() {
        return others;
    }
}
