package dev.sandjar.junit;

import dev.sandjar.changes.ChangeSet;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.opentest4j.AssertionFailedError;

/**
 * What can be said of changes. See {@link SandboxAssertions}. Every method returns this, and throws an {@link AssertionError} with all
 * changes if it isn't so.
 */
public final class ChangeSetAssert {
    private final ChangeSet changes;
    private final Supplier<String> description;

    ChangeSetAssert(ChangeSet changes, Supplier<String> description) {
        this.changes = changes;
        this.description = description;
    }

    private ChangeSetAssert check(boolean holds, String what, Object expected, Object actual) {
        if (!holds) {
            throw new AssertionFailedError(
                    what + ": expected " + expected + ", was " + actual + "\n" + description.get(), expected, actual);
        }
        return this;
    }

    /**
     * Nothing was written.
     *
     * @return this
     */
    public ChangeSetAssert areNone() {
        return check(changes.isEmpty(), "changes", "none", changes.all().size());
    }

    /**
     * These are new; others may be too.
     *
     * @param paths inside the sandbox, absolute
     * @return this
     */
    public ChangeSetAssert creates(String... paths) {
        return has("created", changes.created(), paths);
    }

    /**
     * These were there and are different; others may be too.
     *
     * @param paths inside the sandbox, absolute
     * @return this
     */
    public ChangeSetAssert modifies(String... paths) {
        return has("modified", changes.modified(), paths);
    }

    /**
     * These are gone; others may be too.
     *
     * @param paths inside the sandbox, absolute
     * @return this
     */
    public ChangeSetAssert deletes(String... paths) {
        return has("deleted", changes.deleted(), paths);
    }

    private ChangeSetAssert has(String what, Collection<Change> found, String... paths) {
        Set<String> actual = paths(found);
        return check(actual.containsAll(Set.of(paths)), what, new TreeSet<>(Set.of(paths)), actual);
    }

    private static Set<String> paths(Collection<Change> changes) {
        Set<String> paths = new TreeSet<>();
        changes.forEach(change -> paths.add(change.path()));
        return paths;
    }

    /**
     * These are new, and nothing else is different.
     *
     * @param paths inside the sandbox, absolute; all of them, directories too
     * @return this
     */
    public ChangeSetAssert createsOnly(String... paths) {
        creates(paths);
        return onlyTouches(paths);
    }

    /**
     * Nothing is different but these, as far as they are.
     *
     * @param paths inside the sandbox, absolute
     * @return this
     */
    public ChangeSetAssert onlyTouches(String... paths) {
        Set<String> others = paths(changes.all());
        others.removeAll(Set.of(paths));
        return check(others.isEmpty(), "other changes", "none", others);
    }

    /**
     * This is as it was.
     *
     * @param path inside the sandbox, absolute
     * @return this
     */
    public ChangeSetAssert leavesAlone(String path) {
        Optional<Change> found = changes.find(path);
        return check(
                found.isEmpty(),
                "change of " + Printable.quote(path),
                "none",
                found.map(Change::toString).orElse(""));
    }

    /**
     * The content of a file that was created or modified.
     *
     * @param path inside the sandbox, absolute
     * @param expected exactly this text, as UTF-8
     * @return this
     * @throws UncheckedIOException if it can't be read
     */
    public ChangeSetAssert text(String path, String expected) {
        Optional<Change> found = changes.find(path);
        boolean isThere = found.isPresent()
                && found.get().kind() != ChangeSet.Kind.DELETED
                && found.get().type() == ChangeSet.FileType.FILE;
        check(
                isThere,
                "file " + Printable.quote(path),
                "created or modified",
                found.map(Change::toString).orElse("unchanged, or not there"));
        try {
            String actual = changes.text(path);
            return check(
                    actual.equals(expected),
                    "content of " + Printable.quote(path),
                    Printable.quote(expected),
                    Printable.quote(actual));
        } catch (IOException e) {
            throw new UncheckedIOException("the changes can't be read", e);
        }
    }

    /**
     * They are the same as those of another run.
     *
     * @param other the other one's
     * @return this
     */
    public ChangeSetAssert equalTo(ChangeSet other) {
        return check(
                changes.manifest().equals(other.manifest()),
                "changes",
                "\n" + other.manifest(),
                "\n" + changes.manifest());
    }

    /**
     * They are the same as recorded ones.
     *
     * @param digest what {@link ChangeSet#digest()} gave for those
     * @return this
     */
    public ChangeSetAssert hasDigest(String digest) {
        return check(changes.digest().equals(digest), "digest", digest, changes.digest());
    }
}
