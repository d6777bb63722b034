package dev.sandjar.linux;

import dev.sandjar.Capability;
import dev.sandjar.ProcessAttributes;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The five sets of capabilities of a program where they differ ({@code capabilities(7)}), for {@link ProcessAttributes#capabilities}.
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

    /**
     * No capability in any set.
     *
     * @return five empty sets
     */
    public static CapabilitySets none() {
        return all(Set.of());
    }

    /**
     * The same capabilities in all five sets.
     *
     * @param capabilities which ones
     * @return the sets
     */
    public static CapabilitySets all(Set<Capability> capabilities) {
        return new CapabilitySets(capabilities, capabilities, capabilities, capabilities, capabilities);
    }

    /**
     * What is in any of the sets.
     *
     * @return the capabilities, in the order of their numbers
     */
    public Set<Capability> any() {
        Set<Capability> any = EnumSet.noneOf(Capability.class);
        any.addAll(bounding);
        any.addAll(permitted);
        any.addAll(inheritable);
        return Collections.unmodifiableSet(any);
    }
}
