package dev.sandjar;

import dev.sandjar.internal.util.Printable;
import dev.sandjar.linux.CgroupPath;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All of a {@link Sandbox} that makes a difference to programs; its getters say what each is. */
record SandboxPolicy(
        Namespaces namespaces,
        Optional<User> user,
        RootFs rootfs,
        Mounts mounts,
        ProcessAttributes process,
        Limits limits,
        RunBounds bounds,
        boolean accounting,
        Optional<CgroupPath> cgroupPath,
        Confinement confinement,
        Set<Isolation> degradable,
        Tier minimumTier,
        boolean template,
        int warm) {
    /**
     * Takes from the parts what needs no look at the whole.
     *
     * @param said by the caller; not changed any more
     * @param whole with what an image says; not changed any more
     * @param mounts in their order of placement
     */
    static SandboxPolicy of(
            SandboxParts said, SandboxParts whole, Namespaces namespaces, Mounts mounts, Limits limits) {
        return new SandboxPolicy(
                namespaces,
                whole.user(),
                said.root(),
                mounts,
                whole.process,
                limits,
                whole.bounds,
                said.accounting,
                Optional.ofNullable(said.cgroup),
                said.confinement,
                Collections.unmodifiableSet(said.degradable),
                said.minimumTier,
                said.template,
                said.warm);
    }

    /** Of mounts, what is done in the end counts, and not how that was said. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SandboxPolicy that && parts().equals(that.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    private List<Object> parts() {
        return List.of(
                namespaces,
                user,
                rootfs,
                mounts.entries(),
                process,
                limits,
                bounds,
                accounting,
                cgroupPath,
                confinement,
                degradable,
                minimumTier,
                template,
                warm);
    }

    /** Such as "host, new namespaces [PID]". */
    @Override
    public String toString() {
        List<NamespaceKind> kinds =
                Stream.of(NamespaceKind.values()).filter(namespaces::isNew).toList();
        return Printable.line(rootfs.toString()) + ", new namespaces " + kinds;
    }
}
