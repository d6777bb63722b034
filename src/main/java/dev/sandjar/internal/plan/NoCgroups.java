package dev.sandjar.internal.plan;

/** Why a sandbox has no cgroup though something has asked for one, and what helps. */
public record NoCgroups(String reason, String remedy) {
    @Override
    public String toString() {
        return reason + "; remedy: " + remedy;
    }
}
