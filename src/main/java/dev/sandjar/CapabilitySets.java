package dev.sandjar;

import dev.sandjar.internal.policy.CapabilityMasks;
import java.util.EnumSet;
import java.util.Set;

/**
 * The five sets of capabilities of a program where they differ ({@code capabilities(7)}), for {@link SandboxBuilder#capabilities}.
 *
 * @param bounding what can ever be had
 * @param effective what counts
 * @param permitted what may be made to count
 * @param inheritable what a file with capabilities can take over
 * @param ambient what stays over {@code execve(2)}; part of permitted and inheritable
 */
public record CapabilitySets(
        Set<Capability> bounding,
        Set<Capability> effective,
        Set<Capability> permitted,
        Set<Capability> inheritable,
        Set<Capability> ambient) {
    /**
     * Copies the sets.
     *
     * @param bounding what can ever be had
     * @param effective what counts; part of permitted
     * @param permitted what may be made to count
     * @param inheritable what a file with capabilities can take over
     * @param ambient what stays over {@code execve(2)}; part of permitted and of inheritable
     * @throws IllegalArgumentException if effective or ambient has what the kernel would refuse there
     */
    public CapabilitySets {
        bounding = Set.copyOf(bounding);
        effective = Set.copyOf(effective);
        permitted = Set.copyOf(permitted);
        inheritable = Set.copyOf(inheritable);
        ambient = Set.copyOf(ambient);
        refuse("effective", effective, "permitted", permitted);
        refuse("ambient", ambient, "permitted", permitted);
        refuse("ambient", ambient, "inheritable", inheritable);
    }

    private static void refuse(String what, Set<Capability> part, String whole, Set<Capability> all) {
        Set<Capability> beyond = EnumSet.noneOf(Capability.class);
        beyond.addAll(part);
        beyond.removeAll(all);
        if (!beyond.isEmpty()) {
            throw new IllegalArgumentException(what + " capabilities " + beyond + " are not " + whole + " ones");
        }
    }

    CapabilityMasks masks() {
        return new CapabilityMasks(mask(bounding), mask(effective), mask(permitted), mask(inheritable), mask(ambient));
    }

    /** In any of them. */
    Set<Capability> all() {
        Set<Capability> all = EnumSet.noneOf(Capability.class);
        all.addAll(bounding);
        all.addAll(permitted);
        all.addAll(inheritable);
        return all;
    }

    private static long mask(Set<Capability> set) {
        return set.stream().mapToLong(c -> 1L << c.number()).reduce(0, (a, b) -> a | b);
    }
}
