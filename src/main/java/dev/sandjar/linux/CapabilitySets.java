package dev.sandjar.linux;

import dev.sandjar.Capability;
import dev.sandjar.ProcessAttributes;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The five sets of capabilities of a program where they differ ({@code capabilities(7)}), for {@link
 * ProcessAttributes#capabilities(CapabilitySets)}. An immutable value.
 *
 * @param bounding the capabilities that {@code execve(2)} can give at most
 * @param effective the capabilities that the kernel checks; part of permitted
 * @param permitted the capabilities that the program may make effective
 * @param inheritable the capabilities that {@code execve(2)} of a file with them in its own inheritable set makes permitted
 * @param ambient the capabilities that stay over {@code execve(2)} of a file without any; part of permitted and of inheritable
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
     * @param bounding the capabilities that {@code execve(2)} can give at most
     * @param effective the capabilities that the kernel checks; part of permitted
     * @param permitted the capabilities that the program may make effective
     * @param inheritable the capabilities that {@code execve(2)} of a file with them in its own inheritable set makes permitted
     * @param ambient the capabilities that stay over {@code execve(2)} of a file without any; part of permitted and of inheritable
     * @throws IllegalArgumentException if effective is not part of permitted, or ambient not part of permitted and of inheritable
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
     * Returns sets without any capability.
     *
     * @return five empty sets
     */
    public static CapabilitySets none() {
        return all(Set.of());
    }

    /**
     * Returns sets that all have these capabilities.
     *
     * @param capabilities the capabilities of each set
     * @return five equal sets
     */
    public static CapabilitySets all(Set<Capability> capabilities) {
        return new CapabilitySets(capabilities, capabilities, capabilities, capabilities, capabilities);
    }

    /**
     * Returns the capabilities that are in at least one of the sets.
     *
     * @return an unmodifiable set in the order of their numbers
     */
    public Set<Capability> any() {
        Set<Capability> any = EnumSet.noneOf(Capability.class);
        any.addAll(bounding);
        any.addAll(permitted);
        any.addAll(inheritable);
        return Collections.unmodifiableSet(any);
    }
}
