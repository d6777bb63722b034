package dev.sandjar.oci;

import dev.sandjar.IdMapping;
import dev.sandjar.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a mount changes the owners of files (config.md, "idmap"): with the mappings that it has, or with those of the container. A map that
 * is not recursive would leave the mounts below as they are; then those are not shown.
 *
 * @param uids empty for no change
 * @param below whether the mounts below are mapped too
 */
record IdMaps(JsonAt mount, List<IdMapping.Range> uids, List<IdMapping.Range> gids, boolean below) {
    private static final String WORD = "idmap";
    private static final String RECURSIVE = "ridmap";

    /** @param options those that are not a kind of mount */
    static IdMaps of(Draft draft, JsonAt mount, List<JsonAt> options, boolean recursive) throws InvalidBundleException {
        List<IdMapping.Range> uids = NamespaceReader.ranges(mount, "uidMappings");
        List<IdMapping.Range> gids = NamespaceReader.ranges(mount, "gidMappings");
        Optional<JsonAt> word = Optional.empty();
        for (JsonAt option : options) {
            if (option.text().equals(WORD) || option.text().equals(RECURSIVE)) {
                word = Optional.of(option);
            }
        }
        if (uids.isEmpty() != gids.isEmpty()) {
            throw mount.refused(uids.isEmpty() ? "uidMappings" : "gidMappings", "is missing");
        }
        if (word.isEmpty()) {
            return new IdMaps(mount, uids, gids, recursive);
        }
        if (uids.isEmpty() && draft.uids.isEmpty()) {
            throw word.get().refused("needs uidMappings and gidMappings, of the mount or of a new user namespace");
        }
        boolean below = word.get().text().equals(RECURSIVE) && recursive;
        if (recursive && !below) {
            draft.note(word.get(), "the mounts below are not shown, since their owners would stay as they are");
        }
        return uids.isEmpty() ? new IdMaps(mount, draft.uids, draft.gids, below) : new IdMaps(mount, uids, gids, below);
    }

    /** The kinds of mount, one of which says what becomes of the mounts below. */
    List<String> allBelow(List<String> kinds) {
        return uids.isEmpty() || below || !kinds.contains("rbind") ? kinds : List.of("bind");
    }

    List<JsonAt> withoutWords(List<JsonAt> options) throws InvalidBundleException {
        List<JsonAt> left = new ArrayList<>();
        for (JsonAt option : options) {
            if (!option.text().equals(WORD) && !option.text().equals(RECURSIVE)) {
                left.add(option);
            }
        }
        return left;
    }

    Mount put(Mount made) throws InvalidBundleException {
        return uids.isEmpty()
                ? made
                : mount.checked(() -> (below ? made.options(RECURSIVE) : made).idMapped(IdMapping.of(uids, gids)));
    }
}
