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

    private Optional<User> user = Optional.empty();
    private boolean presetUser;
    private RootFs root = RootFs.host();
    Mounts mounts = Mounts.none();
    ProcessAttributes process = ProcessAttributes.none();
    Confinement confinement = Confinement.none();
    Limits limits = Limits.none();
    RunBounds bounds = RunBounds.none();
    boolean accounting;

    @Nullable
    CgroupPath cgroup;

    final Set<Isolation> degradable = EnumSet.noneOf(Isolation.class);
    Tier minimumTier = Tier.NAMESPACES;
    boolean template = !"false".equals(System.getProperty("sandjar.template"));
    int warm = Math.max(0, Math.min(Integer.getInteger("sandjar.warm", WARM), WARM_MAX));
    final List<SandboxListener> listeners = new ArrayList<>();

    @Nullable
    String name;

    /** The same, where a later mount replaces one of these. */
    SandboxParts copyAsBase() {
        return copy(mounts.asBase());
    }

    private SandboxParts copy(Mounts changed) {
        SandboxParts copy = new SandboxParts();
        copy.namespaces = namespaces;
        copy.withoutMounts = withoutMounts;
        copy.user = user;
        copy.presetUser = presetUser;
        copy.root = root;
        copy.mounts = changed;
        copy.process = process;
        copy.confinement = confinement;
        copy.limits = limits;
        copy.bounds = bounds;
        copy.accounting = accounting;
        copy.cgroup = cgroup;
        copy.degradable.addAll(degradable);
        copy.minimumTier = minimumTier;
        copy.template = template;
        copy.warm = warm;
        copy.listeners.addAll(listeners);
        copy.name = name;
        return copy;
    }

    /** The same, with what is set so far that of a preset, wherever that makes a difference. */
    SandboxParts asPreset() {
        SandboxParts preset = copyAsBase();
        preset.limits = limits.asPreset();
        preset.bounds = bounds.asPreset();
        preset.process = process.asPreset().withPresetDirectory();
        preset.presetUser = true;
        return preset;
    }

    RootFs root() {
        return root;
    }

    Optional<User> user() {
        return user;
    }

    void user(User chosen) {
        user = Optional.of(chosen);
        presetUser = false;
    }

    /** What an image says is taken over by {@link #complete}; what no sandbox can have is refused at once. */
    void root(RootFs chosen) {
        root = Objects.requireNonNull(chosen, "root");
        if (chosen instanceof RootFs.Layered layered) {
            SandboxParts nothing = new SandboxParts();
            ImageSettings.complete(layered.image().config(), nothing.imageParts());
        }
    }

    private ImageSettings.Parts imageParts() {
        return new ImageSettings.Parts(process, user, presetUser, mounts, bounds);
    }

    /** With what the image says that is the root, whatever the order in which it and the rest were said. */
    private SandboxParts withImage(List<String> problems) {
        SandboxParts whole = copy(mounts);
        if (root instanceof RootFs.Layered layered) {
            try {
                ImageSettings.Parts parts =
                        ImageSettings.complete(layered.image().config(), imageParts());
                whole.user = parts.user();
                whole.presetUser = parts.presetUser();
                whole.mounts = parts.mounts();
                whole.process = parts.process();
                whole.bounds = parts.bounds();
            } catch (IllegalArgumentException e) {
                problems.add("with what the image says: " + e.getMessage());
            }
        }
        return whole;
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

    /** The same variables, also those of an image, in the opposite order. */
    void reverseEnv() {
        process = withImage(new ArrayList<>()).process;
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
        SandboxParts whole = withImage(problems);
        boolean ownRoot = !(root instanceof RootFs.Host);
        Namespaces allNamespaces = NamespaceChecks.complete(namespaces, ownRoot, withoutMounts, problems);
        if (allNamespaces.isNew(NamespaceKind.USER)) {
            whole.user.ifPresent(someone -> NamespaceChecks.user(someone, allNamespaces.idMapping(), problems));
        }
        List<MountEntry> entries = whole.mounts.complete(
                ownRoot, allNamespaces.isNew(NamespaceKind.MOUNT), allNamespaces.isNew(NamespaceKind.PID), problems);
        problems.addAll(whole.process.problems());
        Limits allLimits = LimitChecks.complete(limits, problems);
        if (problems.size() == 1) {
            throw new IllegalStateException(problems.get(0));
        } else if (!problems.isEmpty()) {
            throw new IllegalStateException(problems.size() + " things are wrong:\n- " + String.join("\n- ", problems));
        }
        SandboxParts origin = copyAsBase();
        Mounts allMounts = whole.mounts.placed(entries);
        return new Sandbox(SandboxPolicy.of(origin, whole, allNamespaces, allMounts, allLimits), origin);
    }
}
