package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.IdRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the ids of the user namespace that owns networks are mapped: each that sandboxes may have, to itself. So a map of a sandbox says the
 * same whether its user namespace is in that one or not.
 */
final class OwnerMap {
    private final Host host;

    private OwnerMap(Host host) {
        this.host = host;
    }

    static OwnerMap ofThisProcess(String step) throws SandboxException {
        try {
            return new OwnerMap(Host.detect(0));
        } catch (IOException e) {
            throw new SandboxException(
                    step, "read", "/proc/self", 0, String.valueOf(e.getMessage()), "mount /proc where java runs");
        }
    }

    /** The arguments of the keeper: none where this process may make network namespaces as it is. */
    List<String> arguments() {
        if (host.privileged()) {
            return List.of();
        }
        if (host.mapsAnyId()) {
            return List.of(text(host.uids().ranges()), "--", text(host.gids().ranges()));
        }
        Path users = host.newuidmap();
        Path groups = host.newgidmap();
        if (!hasSubordinates() || users == null || groups == null) {
            return List.of("deny", line(host.uid(), 1), "--", line(host.gid(), 1));
        }
        List<String> words = new ArrayList<>(command(users, host.uid(), host.subuids()));
        words.add("--");
        words.addAll(command(groups, host.gid(), host.subgids()));
        return words;
    }

    private boolean hasSubordinates() {
        return !host.subuids().isEmpty()
                && !host.subgids().isEmpty()
                && host.newuidmap() != null
                && host.newgidmap() != null;
    }

    private static List<String> command(Path program, long own, List<IdRange> granted) {
        List<String> words = new ArrayList<>(List.of(program.toString()));
        words.addAll(List.of(line(own, 1).strip().split(" ")));
        for (IdRange range : granted) {
            words.addAll(List.of(line(range.host(), range.count()).strip().split(" ")));
        }
        return words;
    }

    private static String text(List<IdRange> ranges) {
        StringBuilder text = new StringBuilder();
        ranges.forEach(range -> text.append(line(range.inside(), range.count())));
        return text.toString();
    }

    private static String line(long id, long count) {
        return id + " " + id + " " + count + "\n";
    }

    /** The range of groups whose ids all exist where networks are made, from the lowest to the highest; null if there is none. */
    @Nullable
    String groups() {
        List<IdRange> all = new ArrayList<>();
        if (host.privileged() || host.mapsAnyId()) {
            host.gids().ranges().forEach(range -> all.add(new IdRange(range.inside(), range.inside(), range.count())));
        } else {
            all.add(new IdRange(host.gid(), host.gid(), 1));
            if (hasSubordinates()) {
                all.addAll(host.subgids());
            }
        }
        long first = all.stream().mapToLong(IdRange::host).min().orElse(-1);
        // The kernel takes no id above this one for the end of the range.
        long last = Math.min(
                Integer.MAX_VALUE - 1L,
                all.stream()
                        .mapToLong(range -> range.host() + range.count() - 1)
                        .max()
                        .orElse(-1));
        return first < 0 || last < first ? null : first + " " + last;
    }
}
