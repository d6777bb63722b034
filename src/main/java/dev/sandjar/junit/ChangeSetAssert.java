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
 * Assertions about the changes that a sandbox made to its root, see {@link SandboxAssertions}. Every method returns this object if the
 * assertion holds, and otherwise throws an {@link AssertionError} that describes all changes. Paths are as in {@link ChangeSet}: absolute,
 * inside the sandbox. Thread-safe.
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
     * Asserts that nothing was changed.
     *
     * @return this
     */
    public ChangeSetAssert areNone() {
        return check(changes.isEmpty(), "changes", "none", changes.all().size());
    }

    /**
     * Asserts that these paths were created. Others may be changed too.
     *
     * @param paths absolute paths inside the sandbox
     * @return this
     * @throws IllegalArgumentException if a path is named twice
     */
    public ChangeSetAssert creates(String... paths) {
        return has("created", changes.created(), paths);
    }

    /**
     * Asserts that these paths existed before and were modified. Others may be changed too.
     *
     * @param paths absolute paths inside the sandbox
     * @return this
     * @throws IllegalArgumentException if a path is named twice
     */
    public ChangeSetAssert modifies(String... paths) {
        return has("modified", changes.modified(), paths);
    }

    /**
     * Asserts that these paths were deleted. Others may be changed too.
     *
     * @param paths absolute paths inside the sandbox
     * @return this
     * @throws IllegalArgumentException if a path is named twice
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
     * Asserts that these paths were created, and that nothing else was changed.
     *
     * @param paths absolute paths inside the sandbox: all that are new, directories too
     * @return this
     * @throws IllegalArgumentException if a path is named twice
     */
    public ChangeSetAssert createsOnly(String... paths) {
        creates(paths);
        return onlyTouches(paths);
    }

    /**
     * Asserts that nothing but these paths was changed. They may be unchanged themselves.
     *
     * @param paths absolute paths inside the sandbox
     * @return this
     * @throws IllegalArgumentException if a path is named twice
     */
    public ChangeSetAssert onlyTouches(String... paths) {
        Set<String> others = paths(changes.all());
        others.removeAll(Set.of(paths));
        return check(others.isEmpty(), "other changes", "none", others);
    }

    /**
     * Asserts that a path was not changed.
     *
     * @param path an absolute path inside the sandbox
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
     * Asserts that a regular file was created or modified, and what it contains.
     *
     * @param path an absolute path inside the sandbox
     * @param expected the whole content, decoded as UTF-8 with U+FFFD for what isn't
     * @return this
     * @throws IllegalArgumentException if the file is larger than 16 MiB
     * @throws IllegalStateException if the changes are closed
     * @throws UncheckedIOException if the file can't be read
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
     * Asserts that the changes are the same as those of another run: that their {@linkplain ChangeSet#manifest() manifests} are equal.
     *
     * @param other the changes of the other run
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
     * Asserts that the changes are the same as recorded ones.
     *
     * @param digest the {@link ChangeSet#digest()} of the recorded changes, SHA-256 in lower-case hexadecimal
     * @return this
     */
    public ChangeSetAssert hasDigest(String digest) {
        return check(changes.digest().equals(digest), "digest", digest, changes.digest());
    }
}
