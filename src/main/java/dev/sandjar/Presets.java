package dev.sandjar;

import java.time.Duration;

/** What the ready-made builders begin with. */
final class Presets {
    private static final int ID = 1000;

    private Presets() {}

    static SandboxBuilder untrusted() {
        return new SandboxBuilder()
                .pidNamespace()
                .mountNamespace()
                .network(Network.loopback())
                .ipcNamespace()
                .utsNamespace("sandbox")
                .userNamespace()
                .cgroupNamespace()
                .timeNamespace()
                .noNestedUserNamespaces()
                .rootfs(RootFs.hostReadOnly())
                .proc(ProcOption.HIDE_PID)
                .maskKernelPaths()
                .dev()
                .tmpfs("/tmp", DataSize.mebibytes(64))
                .user(ID, ID)
                .newKeyring()
                .seccomp(SeccompProfile.standard())
                .coreDumps(false)
                .umask(022)
                .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .env("HOME", "/tmp")
                .env("LANG", "C.UTF-8")
                .directory("/tmp")
                .memoryLimit(DataSize.mebibytes(512))
                .cpuLimit(1)
                .pidsLimit(256)
                .timeout(Duration.ofSeconds(60))
                .cpuTimeLimit(Duration.ofSeconds(60))
                .outputLimit(DataSize.mebibytes(64))
                .asPreset();
    }
}
