package dev.sandjar.policy;

import dev.sandjar.Isolation;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** All that a Sandbox was asked for: a value that knows nothing of any host. */
public record SandboxPolicy(
        NamespacePolicy namespaces,
        IdentityPolicy identity,
        RootPolicy root,
        List<MountEntry> mounts,
        ProcessPolicy process,
        Set<Isolation> degradable) {
    public SandboxPolicy {
        mounts = List.copyOf(mounts);
        degradable = degradable.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(degradable));
    }
}
