package dev.sandjar.seccomp;

import dev.sandjar.RunResult;
import java.util.List;
import java.util.Objects;

/**
 * The result of {@link dev.sandjar.Sandbox#learn}: the least profile that the same run of the program needs. Immutable.
 *
 * @param profile allows the calls that were made, {@code socket}, {@code ioctl}, {@code prctl} and {@code personality} only with the
 *     domain, request, option or persona that was used; other calls fail with EPERM, and numbers that no table has with ENOSYS
 * @param syscalls the names of the calls that were made, sorted
 * @param result how the program ended, and its output
 */
public record LearnedProfile(SeccompProfile profile, List<String> syscalls, RunResult result) {
    /**
     * Copies the list.
     *
     * @param profile allows the calls that were made
     * @param syscalls the names of the calls that were made
     * @param result how the program ended, and its output
     */
    public LearnedProfile {
        Objects.requireNonNull(profile);
        Objects.requireNonNull(result);
        syscalls = List.copyOf(syscalls);
    }

    /**
     * Returns the profile as JSON in the format of Docker, as {@link SeccompProfile#toJson()} writes it.
     *
     * @return JSON text
     * @throws IllegalStateException if Jackson ({@code com.fasterxml.jackson.core:jackson-databind}) is not there
     */
    public String toJson() {
        return profile.toJson();
    }
}
