package dev.sandjar.seccomp;

import dev.sandjar.RunResult;
import java.util.List;
import java.util.Objects;

/**
 * What {@link dev.sandjar.Sandbox#learn} has seen: the least profile that the same run of the program needs.
 *
 * @param profile allows the calls that were made, {@code socket}, {@code ioctl}, {@code prctl} and {@code personality} only with the
 *     domain, request or option that was used; everything else fails with EPERM
 * @param syscalls names of the calls, sorted
 * @param result how the program ended, and its output
 */
public record LearnedProfile(SeccompProfile profile, List<String> syscalls, RunResult result) {
    /**
     * Copies the list.
     *
     * @param profile allows the calls that were made
     * @param syscalls names of the calls
     * @param result how the program ended
     */
    public LearnedProfile {
        Objects.requireNonNull(profile);
        Objects.requireNonNull(result);
        syscalls = List.copyOf(syscalls);
    }

    /**
     * The profile as JSON, see {@link SeccompProfile#toJson()}.
     *
     * @return JSON text
     */
    public String toJson() {
        return profile.toJson();
    }
}
