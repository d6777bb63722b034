package dev.sandjar;

import dev.sandjar.linux.CgroupPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a {@link Sandbox} is made of, while a {@link SandboxBuilder} changes it. */
final class SandboxParts {
    private static final int WARM = 2;
    static final int WARM_MAX = 16;

    Namespaces namespaces = Namespaces.none();
    /** Whether the mount namespace was taken back, and not asked for since. */
    boolean withoutMounts;

    Optional<User> user = Optional.empty();
    private RootFs root = RootFs.host();
    private @Nullable ImageSettings imageSettings;
    Mounts mounts = Mounts.none();
    ProcessAttributes process = ProcessAttributes.none();
    Confinement confinement = Confinement.none();
    Limits limits = Limits.none();
    RunBounds bounds = RunBounds.none();
    boolean accounting;

    @Nullable
    CgroupPath cgroup;

    final Set<Isolation> degradable = EnumSet.noneOf(Isolation.class);
    boolean template = !"false".equals(System.getProperty("sandjar.template"));
    int warm = Math.max(0, Math.min(Integer.getInteger("sandjar.warm", WARM), WARM_MAX));
    final List<SandboxListener> listeners = new ArrayList<>();

    @Nullable
    String name;

    /** The same, where a later mount replaces one of these. */
    SandboxParts copyAsBase() {
        SandboxParts copy = new SandboxParts();
        copy.namespaces = namespaces;
        copy.withoutMounts = withoutMounts;
        copy.user = user;
        copy.root = root;
        copy.imageSettings = imageSettings;
        copy.mounts = mounts.asBase();
        copy.process = process;
        copy.confinement = confinement;
        copy.limits = limits;
        copy.bounds = bounds;
        copy.accounting = accounting;
        copy.cgroup = cgroup;
        copy.degradable.addAll(degradable);
        copy.template = template;
        copy.warm = warm;
        copy.listeners.addAll(listeners);
        copy.name = name;
        return copy;
    }

    /** The same, with the limits that are set so far those of a preset. */
    SandboxParts asPreset() {
        SandboxParts preset = copyAsBase();
        preset.limits = limits.asPreset();
        preset.bounds = bounds.asPreset();
        preset.process = process.asPreset();
        return preset;
    }

    RootFs root() {
        return root;
    }

    /** Takes over what an image says, once what the one before has said is taken back. */
    void root(RootFs chosen) {
        root = Objects.requireNonNull(chosen, "root");
        ImageSettings.Parts parts = new ImageSettings.Parts(process, user, mounts, bounds);
        if (imageSettings != null) {
            parts = imageSettings.takenBack(parts);
            imageSettings = null;
        }
        if (chosen instanceof RootFs.Layered layered) {
            imageSettings = ImageSettings.of(layered.image().config(), parts);
            parts = imageSettings.applied();
        }
        user = parts.user();
        mounts = parts.mounts();
        process = parts.process();
        bounds = parts.bounds();
    }

    void namespaces(Namespaces changed) {
        NamespaceKind mount = NamespaceKind.MOUNT;
        withoutMounts &= namespaces.choice(mount).equals(changed.choice(mount));
        namespaces = changed;
    }

    void takeBack(Isolation isolation) {
        Optional<NamespaceKind> kind = Stream.of(NamespaceKind.values())
                .filter(each -> each.isolation() == isolation)
                .findFirst();
        if (kind.isPresent()) {
            namespaces = namespaces.share(kind.get());
            withoutMounts |= kind.get() == NamespaceKind.MOUNT;
        } else if (isolation == Isolation.NO_NESTED_USER_NAMESPACES) {
            namespaces = namespaces.allowNestedUserNamespaces();
        } else if (isolation == Isolation.SESSION_KEYRING) {
            process = process.newKeyring(false);
        } else {
            throw new IllegalArgumentException(
                    isolation + " can't be taken back by without(...);"
                            + " use mounts(m -> m.noProc()), mounts(m -> m.noDev()), rootfs(...), user(...) or userNamespace(...)");
        }
    }

    /** The same variables in the opposite order. */
    void reverseEnv() {
        process = process.with(process.variables().reversed());
    }

    /** The same root and binds with sources from somewhere else. */
    void replaceSources(Map<Path, Path> copies) {
        mounts = mounts.replaceSources(copies);
        if (root instanceof RootFs.Overlay overlay) {
            List<Path> lower = overlay.lower().stream()
                    .map(path -> copies.getOrDefault(path, path))
                    .toList();
            root = new RootFs.Overlay(lower, overlay.upper());
        }
    }

    /** The sandbox, if the parts go together. */
    Sandbox complete() {
        List<String> problems = new ArrayList<>();
        boolean ownRoot = !(root instanceof RootFs.Host);
        Namespaces allNamespaces = NamespaceChecks.complete(namespaces, ownRoot, withoutMounts, problems);
        if (allNamespaces.isNew(NamespaceKind.USER)) {
            user.ifPresent(someone -> NamespaceChecks.user(someone, allNamespaces.idMapping(), problems));
        }
        List<MountEntry> entries = mounts.complete(
                ownRoot, allNamespaces.isNew(NamespaceKind.MOUNT), allNamespaces.isNew(NamespaceKind.PID), problems);
        problems.addAll(process.problems());
        Limits allLimits = LimitChecks.complete(limits, problems);
        if (problems.size() == 1) {
            throw new IllegalStateException(problems.get(0));
        } else if (!problems.isEmpty()) {
            throw new IllegalStateException(problems.size() + " things are wrong:\n- " + String.join("\n- ", problems));
        }
        return new Sandbox(copyAsBase(), allNamespaces, mounts.placed(entries), allLimits);
    }
}
