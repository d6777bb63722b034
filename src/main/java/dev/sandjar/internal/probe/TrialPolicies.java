package dev.sandjar.internal.probe;

import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.MountOption;
import dev.sandjar.NamespaceKind;
import dev.sandjar.ProcOption;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.host.HostFacts;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

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
    static Sandbox of(Isolation isolation, boolean userNamespace) {
        SandboxBuilder builder =
                switch (isolation) {
                    case USER_NAMESPACE -> namespaces(true);
                    case PID_NAMESPACE -> namespaces(userNamespace, NamespaceKind.PID);
                    case MOUNT_NAMESPACE -> ownRoot(userNamespace, NamespaceKind.MOUNT);
                    case NETWORK_NAMESPACE -> namespaces(userNamespace, NamespaceKind.NETWORK);
                    case IPC_NAMESPACE -> namespaces(userNamespace, NamespaceKind.IPC);
                    // Only a name that differs shows that it was taken.
                    case UTS_NAMESPACE -> namespaces(userNamespace).utsNamespace("trial");
                    case CGROUP_NAMESPACE -> namespaces(userNamespace, NamespaceKind.CGROUP);
                    // And only clocks that differ.
                    case TIME_NAMESPACE ->
                        namespaces(userNamespace)
                                .namespaces(n -> n.clockOffsets(Duration.ofDays(1), Duration.ofDays(1)));
                    case NO_NESTED_USER_NAMESPACES -> namespaces(true).namespaces(n -> n.noNestedUserNamespaces());
                    case PRIVATE_PROC -> withProc(userNamespace);
                    case ID_RANGE -> mapped(IdMapping.range(2)).user(0, 0);
                    case SUPPLEMENTARY_GROUPS -> mapped(IdMapping.range(2)).user(0, 0, 1);
                    case IDMAPPED_BINDS ->
                        withIdmappedBind(withoutMountsBelow(
                                System.getProperty("java.io.tmpdir", "/tmp"),
                                System.getProperty("user.home", "/root"),
                                "/usr/bin"));
                    case OVERLAY_ROOT -> overlay(userNamespace);
                    case PRIVATE_DEVPTS ->
                        ownRoot(userNamespace, NamespaceKind.MOUNT).mounts(m -> m.dev());
                    case MQUEUE ->
                        ownRoot(userNamespace, NamespaceKind.MOUNT, NamespaceKind.IPC)
                                .mounts(m -> m.mqueue("/mqueue"));
                    case SESSION_KEYRING -> namespaces(false).process(p -> p.newKeyring(true));
                    case CGROUP_LIMITS -> limited();
                    case SECCOMP -> namespaces(false).seccomp(ALLOW_ALL);
                    case LANDLOCK -> namespaces(false).landlock(MAKE_DEVICES);
                    case CORE_SCHEDULING -> namespaces(false).confinement(c -> c.coreScheduling(true));
                    case SPECULATION_CONTROL -> namespaces(false).confinement(c -> c.mitigateSpeculation(true));
                };
        return builder.build();
    }

    private static SandboxBuilder limited() {
        return namespaces(false)
                .limits(l -> l.memory(DataSize.mebibytes(64)).pids(TRIAL_PIDS).oomGroup(false));
    }

    static Sandbox proc(boolean userNamespace, ProcOption... options) {
        return withProc(userNamespace, options).build();
    }

    private static SandboxBuilder withProc(boolean userNamespace, ProcOption... options) {
        return ownRoot(userNamespace, NamespaceKind.MOUNT, NamespaceKind.PID).mounts(m -> m.proc(options));
    }

    /** With the ids that a sandbox of root gets by default. */
    static Sandbox privateIds() {
        return mapped(IdMapping.automatic()).user(0, 0).build();
    }

    private static SandboxBuilder mapped(IdMapping map) {
        return namespaces(false).userNamespace(map);
    }

    static Sandbox idmappedBind(Path source) {
        return withIdmappedBind(source).build();
    }

    private static SandboxBuilder withIdmappedBind(Path source) {
        return ownRoot(false, NamespaceKind.MOUNT)
                .userNamespace(IdMapping.automatic())
                .user(0, 0)
                .bindReadOnly(source, "/bind", MountOption.NOEXEC, MountOption.IDMAPPED_ROOT);
    }

    /**
     * The first of {@code candidates} that nothing is mounted below, and {@code /usr/bin} if there is none: what is mounted below would
     * be asked for its support too, and says nothing of what callers are going to use.
     */
    private static Path withoutMountsBelow(String... candidates) {
        HostFiles files = HostFiles.ofThisHost();
        return Stream.of(candidates)
                .map(text -> Path.of(text).toAbsolutePath().normalize())
                .filter(path -> Files.isDirectory(path) && !HostFacts.hasMountsBelow(files, path.toString()))
                .findFirst()
                .orElse(Path.of("/usr/bin"));
    }

    private static SandboxBuilder overlay(boolean userNamespace) {
        // Kernels take no layer of a user namespace that has other mounts below.
        Path layer = withoutMountsBelow("/usr/bin", "/usr/lib", "/usr/share", "/usr/include", "/etc", "/var/lib");
        RootFs root = RootFs.overlay(layer).discardChanges(MEBIBYTE);
        return ownRoot(userNamespace, NamespaceKind.MOUNT).rootfs(root);
    }

    /** An empty root, with nothing of what else comes with one. */
    private static SandboxBuilder ownRoot(boolean userNamespace, NamespaceKind... kinds) {
        return namespaces(userNamespace, kinds).rootfs(RootFs.tmpfs(MEBIBYTE)).mounts(m -> m.noProc()
                .noDev());
    }

    private static SandboxBuilder namespaces(boolean userNamespace, NamespaceKind... kinds) {
        SandboxBuilder builder = Sandbox.builder().template(false).warm(0);
        if (userNamespace) {
            builder.userNamespace(IdMapping.single());
        }
        for (NamespaceKind kind : kinds) {
            builder.namespaces(n -> n.unshare(kind));
        }
        return builder;
    }
}
