package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.util.Set;

/**
 * What a rule of a seccomp profile may depend on ("includes" and "excludes" of Docker's format).
 *
 * @param capabilities numbers of {@code capabilities(7)} that the program keeps
 * @param architectures as {@code uname -m} says them in the format of Go: amd64, arm64; empty for any
 * @param minKernel "major.minor" of the oldest kernel; null for any
 */
public record Circumstances(Set<Integer> capabilities, Set<String> architectures, @Nullable String minKernel) {
    public static final Circumstances NONE = new Circumstances(Set.of(), Set.of(), null);

    public Circumstances {
        capabilities = Set.copyOf(capabilities);
        architectures = Set.copyOf(architectures);
    }

    public boolean isEmpty() {
        return equals(NONE);
    }
}
