package dev.sandjar.internal.probe;

import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.Limits;
import dev.sandjar.MountEntry;
import dev.sandjar.MountOption;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.ProcOption;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.User;
import dev.sandjar.internal.host.HostFacts;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.internal.policy.ConfinementPolicy;
import dev.sandjar.internal.policy.SandboxPolicy;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The smallest policies that need one thing each. */
final class TrialPolicies {
    private static final DataSize MEBIBYTE = DataSize.mebibytes(1);
    private static final long TRIAL_PIDS = 16;
    private static final SeccompProfile ALLOW_ALL =
            SeccompProfile.of("trial", SeccompAction.allow(), SeccompAction.allow(), List.of(), Set.of());
    /** A right which the first version had already. */
    private static final Landlock MAKE_DEVICES =
            Landlock.builder().restrictFiles(LandlockAccess.MAKE_CHAR).build();

    private TrialPolicies() {}

    /** A policy that needs {@code isolation}, in a user namespace or without one. */
    static SandboxPolicy of(Isolation isolation, boolean userNamespace) {
        return switch (isolation) {
            case USER_NAMESPACE -> namespaces(true);
            case PID_NAMESPACE -> namespaces(userNamespace, NamespaceKind.PID);
            case MOUNT_NAMESPACE -> mounts(userNamespace, List.of(), NamespaceKind.MOUNT);
            case NETWORK_NAMESPACE -> namespaces(userNamespace, NamespaceKind.NETWORK);
            case IPC_NAMESPACE -> namespaces(userNamespace, NamespaceKind.IPC);
            case UTS_NAMESPACE -> namespaces(userNamespace, NamespaceKind.UTS);
            case CGROUP_NAMESPACE -> namespaces(userNamespace, NamespaceKind.CGROUP);
            case TIME_NAMESPACE -> namespaces(userNamespace, NamespaceKind.TIME);
            case NO_NESTED_USER_NAMESPACES ->
                plain(chosen(true, true), Optional.empty(), RootFs.host(), List.of(), false);
            case PRIVATE_PROC -> proc(userNamespace);
            case ID_RANGE -> mapped(new IdMapping.FirstIds(2), null);
            case SUPPLEMENTARY_GROUPS -> mapped(new IdMapping.FirstIds(2), 1L);
            case IDMAPPED_BINDS -> idmappedBind();
            case OVERLAY_ROOT -> overlay(userNamespace);
            case PRIVATE_DEVPTS ->
                mounts(
                        userNamespace,
                        List.of(new MountEntry.Dev(false, OptionalInt.empty(), false)),
                        NamespaceKind.MOUNT);
            case MQUEUE ->
                mounts(
                        userNamespace,
                        List.of(new MountEntry.Mqueue("/mqueue")),
                        NamespaceKind.MOUNT,
                        NamespaceKind.IPC);
            case SESSION_KEYRING -> plain(Namespaces.none(), Optional.empty(), RootFs.host(), List.of(), true);
            case CGROUP_LIMITS -> limited();
            case SECCOMP -> confined(new ConfinementPolicy(ALLOW_ALL, Set.of(), false, false, null, false, false));
            case LANDLOCK ->
                confined(new ConfinementPolicy(
                        SeccompProfile.none(), Set.of(), false, false, MAKE_DEVICES, false, false));
            case CORE_SCHEDULING ->
                confined(new ConfinementPolicy(SeccompProfile.none(), Set.of(), false, false, null, false, true));
            case SPECULATION_CONTROL ->
                confined(new ConfinementPolicy(SeccompProfile.none(), Set.of(), false, false, null, true, false));
        };
    }

    private static SandboxPolicy confined(ConfinementPolicy confinement) {
        SandboxPolicy plain = plain(Namespaces.none(), Optional.empty(), RootFs.host(), List.of(), false);
        return new SandboxPolicy(
                plain.namespaces(),
                plain.user(),
                plain.root(),
                plain.mounts(),
                plain.process(),
                plain.limits(),
                plain.bounds(),
                false,
                confinement,
                plain.degradable(),
                false,
                0);
    }

    private static SandboxPolicy limited() {
        SandboxPolicy plain = plain(Namespaces.none(), Optional.empty(), RootFs.host(), List.of(), false);
        return new SandboxPolicy(
                plain.namespaces(),
                plain.user(),
                plain.root(),
                plain.mounts(),
                plain.process(),
                Limits.none().memory(DataSize.mebibytes(64)).pids(TRIAL_PIDS),
                RunBounds.none(),
                false,
                ConfinementPolicy.NONE,
                Set.of(),
                false,
                0);
    }

    static SandboxPolicy proc(boolean userNamespace, ProcOption... options) {
        return mounts(
                userNamespace,
                List.of(new MountEntry.Proc(Set.of(options), false)),
                NamespaceKind.MOUNT,
                NamespaceKind.PID);
    }

    /** With the ids that a sandbox of root gets by default. */
    static SandboxPolicy privateIds() {
        return mapped(new IdMapping.Automatic(), null);
    }

    private static SandboxPolicy mapped(IdMapping map, @Nullable Long group) {
        User user = new User(0, 0, group == null ? List.of() : List.of(group));
        return plain(chosen(true, false).idMapping(map), Optional.of(user), RootFs.host(), List.of(), false);
    }

    private static SandboxPolicy idmappedBind() {
        return idmappedBind(withoutMountsBelow());
    }

    static SandboxPolicy idmappedBind(Path source) {
        return plain(
                chosen(true, false, NamespaceKind.MOUNT).idMapping(IdMapping.automatic()),
                Optional.of(new User(0, 0, List.of())),
                RootFs.tmpfs(MEBIBYTE),
                List.of(new MountEntry.Bind(
                        source, "/bind", true, Set.of(MountOption.NOEXEC, MountOption.IDMAPPED_ROOT))),
                false);
    }

    /** All that is mounted below has to take the map too, and says nothing of what callers are going to bind. */
    private static Path withoutMountsBelow() {
        HostFiles files = HostFiles.ofThisHost();
        return Stream.of(
                        System.getProperty("java.io.tmpdir", "/tmp"),
                        System.getProperty("user.home", "/root"),
                        "/usr/bin")
                .map(text -> Path.of(text).toAbsolutePath().normalize())
                .filter(path -> Files.isDirectory(path) && !HostFacts.hasMountsBelow(files, path.toString()))
                .findFirst()
                .orElse(Path.of("/usr/bin"));
    }

    private static SandboxPolicy overlay(boolean userNamespace) {
        // Older kernels take no layer of a user namespace that has other mounts below; there are hardly ever any below
        // this one.
        RootFs root = RootFs.overlay(Path.of("/usr/bin")).discardChanges(MEBIBYTE);
        return plain(chosen(userNamespace, false, NamespaceKind.MOUNT), Optional.empty(), root, List.of(), false);
    }

    private static SandboxPolicy namespaces(boolean userNamespace, NamespaceKind... kinds) {
        return plain(chosen(userNamespace, false, kinds), Optional.empty(), RootFs.host(), List.of(), false);
    }

    private static SandboxPolicy mounts(boolean userNamespace, List<MountEntry> mounts, NamespaceKind... kinds) {
        return plain(chosen(userNamespace, false, kinds), Optional.empty(), RootFs.tmpfs(MEBIBYTE), mounts, false);
    }

    private static Namespaces chosen(boolean userNamespace, boolean forbidNested, NamespaceKind... kinds) {
        Namespaces chosen = userNamespace ? Namespaces.none().idMapping(IdMapping.single()) : Namespaces.none();
        for (NamespaceKind kind : kinds) {
            chosen = chosen.unshare(kind);
        }
        if (chosen.isNew(NamespaceKind.TIME)) {
            // Only clocks that differ show that the offsets were taken.
            chosen = chosen.clockOffsets(Duration.ofDays(1), Duration.ofDays(1));
        }
        if (chosen.isNew(NamespaceKind.UTS)) {
            chosen = chosen.hostname("trial");
        }
        return forbidNested ? chosen.noNestedUserNamespaces() : chosen;
    }

    private static SandboxPolicy plain(
            Namespaces namespaces, Optional<User> user, RootFs root, List<MountEntry> mounts, boolean keyring) {
        ProcessAttributes process = ProcessAttributes.none().newKeyring(keyring);
        return new SandboxPolicy(
                namespaces,
                user,
                root,
                mounts,
                process,
                Limits.none(),
                RunBounds.none(),
                false,
                ConfinementPolicy.NONE,
                Set.of(),
                false,
                0);
    }
}
