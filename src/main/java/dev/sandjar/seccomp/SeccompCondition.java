package dev.sandjar.seccomp;

import dev.sandjar.Capability;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A condition on the sandbox and the host, which decides whether a {@link SeccompRule} is part of the filter: "includes" and "excludes" in
 * the format of Docker. Immutable.
 *
 * @param capabilities capabilities that the program keeps; an empty set is no condition on them
 * @param architectures architectures of the host by their names in Go, such as "amd64" and "arm64"; an empty set is no condition on them
 * @param minKernel "major.minor" of the oldest kernel, such as "4.8"; empty is no condition on it
 */
public record SeccompCondition(Set<Capability> capabilities, Set<String> architectures, Optional<String> minKernel) {
    private static final SeccompCondition NONE = new SeccompCondition(Set.of(), Set.of(), Optional.empty());

    /**
     * Copies the sets.
     *
     * @param capabilities capabilities that the program keeps
     * @param architectures architectures of the host by their names in Go
     * @param minKernel "major.minor" of the oldest kernel
     */
    public SeccompCondition {
        capabilities = Set.copyOf(capabilities);
        architectures = Set.copyOf(architectures);
        Objects.requireNonNull(minKernel, "minKernel");
    }

    /**
     * Returns the condition that requires nothing.
     *
     * @return a condition without capabilities, architectures and kernel
     */
    public static SeccompCondition none() {
        return NONE;
    }

    /**
     * Tells whether this condition requires nothing.
     *
     * @return whether it is equal to {@link #none()}
     */
    public boolean isNone() {
        return equals(NONE);
    }
}
