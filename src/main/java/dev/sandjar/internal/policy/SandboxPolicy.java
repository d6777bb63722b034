package dev.sandjar.internal.policy;

import dev.sandjar.Isolation;
import dev.sandjar.Limits;
import dev.sandjar.MountEntry;
import dev.sandjar.Namespaces;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.User;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.seccomp.SeccompProfile;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a Sandbox was asked for: a value that knows nothing of any host.
 *
 * @param rootOrigin what the root is, if that says more than its paths
 * @param imageUser whose ids the files of the image that is the root tell, as its configuration names it; null if the ids are known
 * @param accounting whether the sandbox gets a cgroup even without limits
 * @param template whether starts may share what they can of the set-up
 * @param ahead how many sandboxes are made before they are asked for, once there is a template
 * @param pausing whether the set-up stops before the root changes, until it is told to go on
 * @param cgroup where its cgroups are; null leaves that to Sandjar, and to limits whether there are any
 * @param name what the host calls it; empty for none
 */
public record SandboxPolicy(
        Namespaces namespaces,
        Optional<User> user,
        RootFs root,
        @Nullable String rootOrigin,
        @Nullable String imageUser,
        List<MountEntry> mounts,
        ProcessAttributes process,
        Limits limits,
        RunBounds bounds,
        boolean accounting,
        ConfinementPolicy confinement,
        Set<Isolation> degradable,
        boolean template,
        int ahead,
        boolean pausing,
        @Nullable CgroupPath cgroup,
        String name) {
    public SandboxPolicy(
            Namespaces namespaces,
            Optional<User> user,
            RootFs root,
            List<MountEntry> mounts,
            ProcessAttributes process,
            Limits limits,
            RunBounds bounds,
            boolean accounting,
            ConfinementPolicy confinement,
            Set<Isolation> degradable,
            boolean template,
            int ahead) {
        this(
                namespaces,
                user,
                root,
                null,
                null,
                mounts,
                process,
                limits,
                bounds,
                accounting,
                confinement,
                degradable,
                template,
                ahead,
                false,
                null,
                "");
    }

    /** The same, with a pause in its set-up. */
    public SandboxPolicy withPause() {
        return new SandboxPolicy(
                namespaces,
                user,
                root,
                rootOrigin,
                imageUser,
                mounts,
                process,
                limits,
                bounds,
                accounting,
                confinement,
                degradable,
                false,
                0,
                true,
                cgroup,
                name);
    }

    /** The same, with every system call let through and told to the host instead of a filter. */
    public SandboxPolicy observed() {
        ConfinementPolicy observed = new ConfinementPolicy(
                SeccompProfile.none(),
                Set.of(),
                false,
                true,
                confinement.landlock(),
                confinement.mitigateSpeculation(),
                confinement.coreScheduling());
        return new SandboxPolicy(
                namespaces,
                user,
                root,
                rootOrigin,
                imageUser,
                mounts,
                process,
                limits,
                bounds,
                accounting,
                observed,
                degradable,
                false,
                0,
                false,
                cgroup,
                name);
    }

    /** The user id inside; null leaves what the namespace gives. */
    public @Nullable Long uid() {
        return user.map(User::uid).orElse(null);
    }

    /** The group id inside; set exactly when {@link #uid} is. */
    public @Nullable Long gid() {
        return user.map(User::gid).orElse(null);
    }

    /** Supplementary groups inside. */
    public List<Long> groups() {
        return user.map(User::groups).orElse(List.of());
    }

    /** The same with another root, user and ids. */
    public SandboxPolicy with(
            RootFs newRoot,
            String newOrigin,
            Optional<User> newUser,
            Namespaces newNamespaces,
            ProcessAttributes newProcess) {
        return new SandboxPolicy(
                newNamespaces,
                newUser,
                newRoot,
                newOrigin,
                imageUser,
                mounts,
                newProcess,
                limits,
                bounds,
                accounting,
                confinement,
                degradable,
                template,
                ahead,
                pausing,
                cgroup,
                name);
    }

    /** The same by another name. */
    public SandboxPolicy named(String other) {
        return new SandboxPolicy(
                namespaces,
                user,
                root,
                rootOrigin,
                imageUser,
                mounts,
                process,
                limits,
                bounds,
                accounting,
                confinement,
                degradable,
                template,
                ahead,
                pausing,
                cgroup,
                other);
    }

    public SandboxPolicy {
        mounts = List.copyOf(mounts);
        degradable = degradable.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(degradable));
    }
}
