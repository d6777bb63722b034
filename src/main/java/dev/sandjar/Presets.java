package dev.sandjar;

import dev.sandjar.seccomp.SeccompProfile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What the ready-made builders begin with. */
final class Presets {
    private static final int ID = 1000;

    /** The least that RLIMIT_NPROC is set to, behind the limit on processes. */
    private static final int PROCESSES = 1024;

    private Presets() {}

    /** 1 January 1980, the earliest that ZIP archives can tell. */
    private static final long EPOCH = 315_532_800;

    /** ADDR_NO_RANDOMIZE of {@code personality(2)}. */
    private static final long SAME_ADDRESSES = 0x40000;

    private static final Duration SINCE_BOOT = Duration.ofDays(1);
    private static final String ACCOUNTS =
            """
            root:x:0:0:root:/root:/bin/sh
            sandbox:x:1000:1000:sandbox:/tmp:/bin/sh
            nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
            """;
    private static final String GROUPS =
            """
            root:x:0:
            sandbox:x:1000:
            nogroup:x:65534:
            """;

    /** What the names of the host's ports are added to; no file of the caller's. */
    static final MountEntry.FileBytes HOSTS = new MountEntry.FileBytes(
            "/etc/hosts", "127.0.0.1\tlocalhost sandbox\n::1\tlocalhost\n".getBytes(StandardCharsets.UTF_8), 0644);

    /** Where a network's resolver is added, if there is one. */
    static final MountEntry.FileBytes NAME_SERVICES = new MountEntry.FileBytes(
            "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n".getBytes(StandardCharsets.UTF_8), 0644);

    static SandboxBuilder hermetic() {
        return preset(untrusted()
                .userNamespace(IdMapping.alone())
                .rootfs(RootFs.empty().captureChanges())
                .namespaces(n -> n.domainname("sandbox").clockStart(SINCE_BOOT))
                .mounts(m -> m.proc(ProcOption.HIDE_PID, ProcOption.SUBSET_PID))
                .file("/etc/passwd", ACCOUNTS)
                .file("/etc/group", GROUPS)
                .mounts(m -> m.with(HOSTS))
                .file("/etc/hostname", "sandbox\n")
                .mounts(m -> m.with(NAME_SERVICES))
                // On every host, whether or not anything will be mounted there.
                .mounts(m -> m.directory("/sys/fs/cgroup", 0555))
                .mounts(m -> m.directory("/work", 0755))
                .workingDirectory("/work")
                .env("TMPDIR", "/tmp")
                .env("USER", "sandbox")
                .env("LOGNAME", "sandbox")
                .env("LC_ALL", "C.UTF-8")
                .env("TZ", "UTC")
                .env("SOURCE_DATE_EPOCH", Long.toString(EPOCH))
                .env("PYTHONHASHSEED", "0")
                .process(p -> p.processors(1)
                        .personality(SAME_ADDRESSES)
                        .rlimit(Rlimit.NOFILE, 1024)
                        .rlimit(Rlimit.STACK, DataSize.mebibytes(8).toBytes())
                        .rlimit(Rlimit.FSIZE, DataSize.mebibytes(256).toBytes())));
    }

    private static ProcessAttributes untrusted(ProcessAttributes attributes) {
        return attributes
                .umask(022)
                .newKeyring(true)
                .loginVariables(true)
                .rlimit(Rlimit.NPROC, PROCESSES)
                // What the kernel counts by user or for the whole machine, and no cgroup does.
                .rlimit(Rlimit.SIGPENDING, 1024)
                // Also how many descriptors may be on their way through sockets, which are counted by user.
                .rlimit(Rlimit.NOFILE, 1024)
                .rlimit(Rlimit.MSGQUEUE, DataSize.kibibytes(200).toBytes())
                .rlimit(Rlimit.MEMLOCK, DataSize.mebibytes(1).toBytes());
    }

    static SandboxBuilder untrusted() {
        return preset(new SandboxBuilder(new SandboxParts())
                .pidNamespace()
                .mountNamespace()
                .network(Network.loopback())
                .namespaces(n -> n.withholdHostSockets())
                .ipcNamespace()
                .utsNamespace("sandbox")
                .userNamespace()
                .cgroupNamespace()
                .timeNamespace()
                .namespaces(n -> n.noNestedUserNamespaces())
                .rootfs(RootFs.hostReadOnly())
                .mounts(m -> m.proc(ProcOption.HIDE_PID).maskKernelPaths().dev())
                .tmpfs("/tmp", DataSize.mebibytes(64))
                .mounts(m ->
                        m.tmpfsWhereThereIs("/var/tmp", DataSize.mebibytes(64)).exec())
                .user(ID, ID)
                .seccomp(SeccompProfile.standard())
                // What the kernel counts by user or for the whole machine, and no cgroup does.
                .namespaces(
                        n -> n.sysctl("user.max_inotify_instances", "16").sysctl("user.max_inotify_watches", "4096"))
                .process(Presets::untrusted)
                .mounts(m -> m.ptyLimit(64))
                .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .env("HOME", "/tmp")
                .env("LANG", "C.UTF-8")
                .workingDirectory("/tmp")
                .memoryLimit(DataSize.mebibytes(512))
                .cpuLimit(1)
                .pidsLimit(256)
                .timeout(Duration.ofSeconds(60))
                .bounds(b -> b.cpuTime(Duration.ofSeconds(60)))
                .outputLimit(DataSize.mebibytes(64)));
    }

    private static SandboxBuilder preset(SandboxBuilder builder) {
        return new SandboxBuilder(builder.parts.asPreset());
    }
}
