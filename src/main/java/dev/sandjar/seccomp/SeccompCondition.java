package dev.sandjar.seccomp;

import dev.sandjar.Capability;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What the presence of a {@link SeccompRule} depends on: "includes" and "excludes" in the format of Docker. Immutable.
 *
 * @param capabilities those that the program keeps; none says nothing about them
 * @param architectures names as Go has them: amd64, arm64; none says nothing about them
 * @param minKernel "major.minor" of the oldest kernel, such as "4.8"; empty says nothing about it
 */
public record SeccompCondition(Set<Capability> capabilities, Set<String> architectures, Optional<String> minKernel) {
    private static final SeccompCondition NONE = new SeccompCondition(Set.of(), Set.of(), Optional.empty());

    /**
     * Copies the sets.
     *
     * @param capabilities those that the program keeps
     * @param architectures names as Go has them
     * @param minKernel "major.minor" of the oldest kernel
     */
    public SeccompCondition {
        capabilities = Set.copyOf(capabilities);
        architectures = Set.copyOf(architectures);
        Objects.requireNonNull(minKernel, "minKernel");
    }

    /**
     * No condition.
     *
     * @return the condition that says nothing
     */
    public static SeccompCondition none() {
        return NONE;
    }

    /**
     * Whether it says nothing.
     *
     * @return whether it is equal to {@link #none()}
     */
    public boolean isNone() {
        return equals(NONE);
    }
}
