package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.internal.plan.LandlockRules.PathRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What mounts would take away of a tree that another mount shows, and Landlock can't: its rules add up on the way from the root to a file,
 * so that a rule for a directory holds for all below it ({@code landlock(7)}). Each such mount is refused, never passed over.
 */
final class RulesBelow {
    private static final String REMEDY =
            "bind the parts that may be seen or written, or use a host with user namespaces";

    private final Draft draft;
    private final List<PathRule> rules;
    private final long read;
    private final long write;

    /**
     * @param read the rights to see what is there
     * @param write the rights to change it
     */
    RulesBelow(Draft draft, List<PathRule> rules, long read, long write) {
        this.draft = draft;
        this.rules = rules;
        this.read = read;
        this.write = write;
    }

    void refuse() {
        for (MountEntry entry : draft.request.mounts()) {
            String target = entry.target();
            if (entry instanceof MountEntry.Masked) {
                refuse("mask of " + target, shown(target, read, true));
            } else if (entry instanceof MountEntry.ReadOnlyPath) {
                refuse("read-only " + target, shown(target, write, true));
            } else if (entry instanceof MountEntry.Bind bind && bind.readOnly()) {
                refuse("read-only bind of " + target, shown(target, write, false));
            } else if (entry instanceof MountEntry.Tmpfs) {
                refuse("tmpfs " + target, shown(target, write, false));
            }
        }
    }

    private void refuse(String what, @Nullable String by) {
        if (by != null) {
            draft.refuse(
                    null,
                    what,
                    "without a mount namespace the rule of Landlock for " + by + " holds for it too",
                    REMEDY);
        }
    }

    /** The rule with some of these rights at or above what {@code target} is, or below it where that counts; null if there is none. */
    private @Nullable String shown(String target, long rights, boolean below) {
        Set<Path> covered = names(target);
        if (!Files.exists(Path.of(target))) {
            return null;
        }
        for (PathRule rule : rules) {
            if ((rule.access() & rights) != 0
                    && names(rule.path()).stream().anyMatch(path -> covered.stream()
                            .anyMatch(each -> each.startsWith(path) || (below && path.startsWith(each))))) {
                return rule.path();
            }
        }
        return null;
    }

    /** As it is said, and where its links lead to: a rule is for what is there, by whatever name. */
    private static Set<Path> names(String name) {
        Set<Path> names = new LinkedHashSet<>();
        names.add(Path.of(name));
        try {
            names.add(Path.of(name).toRealPath());
        } catch (IOException e) {
            // What can't be looked up has no other name that counts.
            return names;
        }
        return names;
    }
}
