package dev.sandjar.internal.probe;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.cni.PluginList;
import dev.sandjar.internal.host.HostFacts;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.lan.LanTrial;
import dev.sandjar.internal.launcher.LauncherTrials;
import dev.sandjar.internal.start.Launcher;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the launcher itself stands on: native calls, a place to be executed from, calls of the kernel. */
final class LauncherReport {
    private static final String FROM_MEMORY = "launcher from memory";
    private static final String FROM_CACHE = "programs in the cache directory";
    private static final String ENABLE =
            "start java with --enable-native-access=ALL-UNNAMED (or =com.sun.jna, where JNA is on the"
                    + " module path); later releases refuse without it";
    private static final String OTHER_DIRECTORY = "name a directory of your own, where programs may be executed, with"
            + " -Dsandjar.dir=DIRECTORY; needed only where they can't be executed from memory";

    /** In the order of SJ_HAS_*'s bits in protocol.h. */
    private static final List<String> CALLS = List.of(
            "close_range(2)",
            "openat2(2)",
            "fsopen(2), open_tree(2), move_mount(2)",
            "mount_setattr(2)",
            "pidfd_open(2)",
            "clone3(2)");

    private LauncherReport() {}

    static Outcome nativeAccess() {
        String name = "native access of the JVM";
        try {
            boolean told = LauncherTrials.nativeAccessEnabled();
            LauncherTrials.nativeCall();
            return told
                    ? Outcome.works(name, "")
                    : Outcome.works(name, "with a warning of the JVM").withRemedy(ENABLE);
        } catch (SandboxException | RuntimeException | LinkageError e) {
            return Outcome.fails(name, null, e);
        }
    }

    /** How the launcher that runs was executed. */
    static Outcome source(Launcher launcher) {
        String override = LauncherTrials.override();
        if (override != null) {
            return Outcome.works("launcher named by -Dsandjar.launcher", override);
        }
        if (LauncherTrials.isFromMemory(launcher.pid())) {
            return Outcome.works(FROM_MEMORY, "sealed memfd");
        }
        return Outcome.fails(
                FROM_MEMORY,
                "it runs from the cache directory instead",
                "programs in a memfd may not be executed (sysctl vm.memfd_noexec, a security module), or it was switched off with"
                        + " -Dsandjar.launcher.memfd=false",
                "none is needed while the cache directory works");
    }

    /** What passes connections on; the sandbox's side of it needs a network namespace and nothing else. */
    static Outcome relay() {
        String name = "ports shared with the host";
        try {
            LauncherTrials.relay();
            return Outcome.works(name, "a relay on 127.0.0.1, without capabilities and under a filter");
        } catch (SandboxException | RuntimeException e) {
            return Outcome.fails(name, null, e);
        }
    }

    /** What networks of several sandboxes stand on: a bridge, and a pair of interfaces. */
    static Outcome networks() {
        String name = "networks of several sandboxes";
        try {
            boolean owned = LanTrial.run();
            return Outcome.works(
                    name, "a bridge and a pair of interfaces" + (owned ? ", in a user namespace of their own" : ""));
        } catch (SandboxException | RuntimeException e) {
            return Outcome.fails(name, null, e);
        }
    }

    /** Plugins of CNI, without which there is nothing that a configuration could name. */
    static Outcome cni() {
        String name = "networks of CNI";
        String found = PluginList.installed();
        return found.isEmpty()
                ? Outcome.fails(
                        name,
                        "",
                        "there is no plugin in /opt/cni/bin, /usr/lib/cni and /usr/libexec/cni",
                        "apt-get install containernetworking-plugins iptables, or name another directory by pluginPath(...)")
                : Outcome.works(name, "plugins " + found);
    }

    /** What kernels may lack for them. */
    static Outcome networks(NetworkFeature feature) {
        try {
            LanTrial.run(feature);
            return Outcome.works(feature.label(), feature.mechanism());
        } catch (SandboxException | RuntimeException e) {
            return Outcome.fails(feature.label(), null, e);
        }
    }

    /** Executes a script there: mount options and security modules treat it like any other program. */
    static Outcome cache() {
        Path directory = LauncherTrials.cacheDirectory();
        try {
            String reason = execute(directory);
            if (reason == null) {
                return Outcome.works(FROM_CACHE, directory.toString());
            }
            boolean noexec = !HostFacts.mayExecute(HostFiles.ofThisHost(), directory.toString());
            return Outcome.fails(
                    FROM_CACHE,
                    directory.toString(),
                    noexec ? directory + " lies on a file system that is mounted noexec" : reason,
                    OTHER_DIRECTORY);
        } catch (IOException | RuntimeException e) {
            return Outcome.fails(FROM_CACHE, directory.toString(), "it can't be written to: " + e, OTHER_DIRECTORY);
        }
    }

    /** Why a new file can't be executed, or null. */
    private static @Nullable String execute(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path script = Files.createTempFile(
                directory,
                "sandjar-trial",
                null,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            Files.write(script, "#!/bin/sh\nexit 0\n".getBytes(StandardCharsets.US_ASCII));
            Process process = new ProcessBuilder(script.toString())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0 ? null : "a script there ended with " + process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        } finally {
            Files.deleteIfExists(script);
        }
    }

    /** Outcomes for the calls that the launcher found by making them. */
    static List<Outcome> calls(int features) {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < CALLS.size(); i++) {
            String name = CALLS.get(i);
            boolean has = (features >>> i & 1) != 0;
            outcomes.add(
                    has
                            ? Outcome.works(name, "")
                            : Outcome.fails(
                                    name,
                                    "",
                                    "the kernel is older, or a seccomp filter refuses it",
                                    "none is needed: Sandjar goes another way; a newer kernel has the shorter one"));
        }
        return outcomes;
    }
}
