package dev.sandjar.attack;

import dev.sandjar.Sandbox;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.launcher.ProgramInMemory;
import dev.sandjar.internal.verify.Attacks;
import dev.sandjar.internal.verify.Canaries;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.verify.Attestation.Grade;
import dev.sandjar.verify.Attestation.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The shipped attacks in untrusted(), under bubblewrap's usual flags, without and with a filter as its callers bring one, in firejail's
 * default, in the containers of Docker and Podman where these run, and outside: a table.
 */
final class CompareMain {
    private static final List<String> BUBBLEWRAP = List.of(
            "bwrap",
            "--unshare-all",
            "--die-with-parent",
            "--ro-bind",
            "/usr",
            "/usr",
            "--symlink",
            "usr/bin",
            "/bin",
            "--symlink",
            "usr/lib",
            "/lib",
            "--symlink",
            "usr/lib64",
            "/lib64",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            "--clearenv");

    private static final long INT = 0xffffffffL;
    private static final long CLONE_NEWUSER = 0x10000000;
    private static final long TIOCSTI = 0x5412;
    private static final long TIOCLINUX = 0x541c;

    /** What a desktop's sandboxes refuse by the filter that they bring along for bubblewrap: a list of calls, and other families. */
    private static final List<String> BLOCKED = List.of(
            "syslog",
            "uselib",
            "acct",
            "modify_ldt",
            "quotactl",
            "add_key",
            "keyctl",
            "request_key",
            "move_pages",
            "mbind",
            "get_mempolicy",
            "set_mempolicy",
            "migrate_pages",
            "unshare",
            "setns",
            "mount",
            "umount2",
            "pivot_root",
            "chroot",
            "perf_event_open",
            "ptrace");

    private static final List<String> ABSENT =
            List.of("clone3", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr");

    /** AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. */
    private static final List<Integer> FAMILIES = List.of(0, 1, 2, 10, 16);

    private static final List<String> FIREJAIL = List.of(
            "firejail",
            "--quiet",
            "--profile=/etc/firejail/default.profile",
            "--net=none",
            "--private-dev",
            "--private-tmp",
            "--ipc-namespace");

    private CompareMain() {}

    public static void main(String[] args) throws Exception {
        Map<String, List<Result>> columns = new LinkedHashMap<>();
        columns.put("untrusted()", Sandbox.untrusted().build().verify().results());
        Path directory = Files.createTempDirectory("sandjar-compare");
        try (ProgramInMemory program = ProgramInMemory.open("sandjar-probe");
                Canaries canaries = Canaries.open(program.path())) {
            Path file = Files.copy(program.path(), directory.resolve("sandjar-probe"));
            if (!file.toFile().setExecutable(true)) {
                throw new IOException("chmod " + file);
            }
            List<String> bubblewrap = new ArrayList<>(BUBBLEWRAP);
            bubblewrap.addAll(List.of("--ro-bind", file.toString(), "/probe", "--", "/probe"));
            columns.put("bubblewrap", run(bubblewrap, canaries));
            Path filter = Files.write(directory.resolve("filter"), filter());
            columns.put("bubblewrap and a filter", run(filtered(bubblewrap, filter), canaries));
            List<String> firejail = new ArrayList<>(FIREJAIL);
            // The home directory inside is this one, in which the program may be executed.
            firejail.addAll(
                    List.of("--private=" + directory, "--", System.getProperty("user.home") + "/sandjar-probe"));
            columns.put("firejail", run(firejail, canaries));
            for (String engine : List.of("Docker", "Podman")) {
                List<String> container = List.of(
                        engine.toLowerCase(Locale.ROOT),
                        "run",
                        "--rm",
                        "-v",
                        file + ":/probe:ro",
                        "--entrypoint",
                        "/probe",
                        "debian:stable-slim");
                columns.put(engine, run(container, canaries));
            }
            columns.put("no sandbox", run(List.of(file.toString()), canaries));
        } finally {
            remove(directory);
        }
        columns.entrySet().removeIf(column -> {
            boolean silent = column.getValue().stream().allMatch(r -> r.grade() == Grade.NOT_ATTEMPTED);
            if (silent) {
                System.err.println("not run here: " + column.getKey());
            }
            return silent;
        });
        print(columns);
        System.exit(0);
    }

    /** The filter, as bubblewrap reads it from a descriptor. */
    private static byte[] filter() {
        List<SeccompRule> rules = new ArrayList<>();
        rules.add(rule(BLOCKED, SeccompAction.errno("EPERM")));
        rules.add(rule(ABSENT, SeccompAction.errno("ENOSYS")));
        rules.add(rule(List.of("clone"), SeccompAction.errno("EPERM"), masked(0, CLONE_NEWUSER, CLONE_NEWUSER)));
        rules.add(rule(List.of("ioctl"), SeccompAction.errno("EPERM"), masked(1, TIOCSTI, INT)));
        rules.add(rule(List.of("ioctl"), SeccompAction.errno("EPERM"), masked(1, TIOCLINUX, INT)));
        rules.add(rule(
                List.of("personality"),
                SeccompAction.errno("EPERM"),
                SyscallArgument.at(0).notEqualTo(0)));
        for (int family : FAMILIES) {
            rules.add(rule(List.of("socket"), SeccompAction.allow(), masked(0, family, INT)));
        }
        rules.add(rule(List.of("socket"), SeccompAction.errno("EAFNOSUPPORT")));
        SeccompProfile policy = SeccompProfile.of(
                "of a desktop's sandboxes", SeccompAction.allow(), SeccompAction.allow(), rules, Set.of());
        return FilterCompiler.compile(policy, Machine.host(), Set.of(), KernelVersion.host(), InterceptedCalls.NOTHING)
                .main();
    }

    private static SeccompRule rule(List<String> calls, SeccompAction action, SyscallArgument... tests) {
        return SeccompRule.of(action, calls, List.of(tests));
    }

    private static SyscallArgument masked(int index, long value, long mask) {
        return SyscallArgument.at(index).masked(mask, value);
    }

    private static List<String> filtered(List<String> bubblewrap, Path filter) {
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", "-c", "exec 9<\"$1\"; shift; exec \"$@\"", "sh", filter.toString()));
        command.addAll(List.of("bwrap", "--seccomp", "9"));
        command.addAll(bubblewrap.subList(1, bubblewrap.size()));
        return command;
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static List<Result> run(List<String> prefix, Canaries canaries) throws InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(canaries.arguments());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return Attacks.results(output, "");
        } catch (IOException e) {
            System.err.println(prefix.get(0) + ": " + e.getMessage());
            return Attacks.results("", "");
        }
    }

    private static void print(Map<String, List<Result>> columns) {
        System.out.println("| attack | " + String.join(" | ", columns.keySet()) + " |");
        System.out.println("| --- |" + " --- |".repeat(columns.size()));
        for (int i = 0; i < Attacks.all().size(); i++) {
            StringBuilder line = new StringBuilder("| " + Attacks.all().get(i).attack() + " |");
            for (List<Result> results : columns.values()) {
                line.append(' ').append(word(results.get(i).grade())).append(" |");
            }
            System.out.println(line);
        }
        StringBuilder total = new StringBuilder("| **exposed** |");
        for (List<Result> results : columns.values()) {
            total.append(' ')
                    .append(results.stream()
                            .filter(r -> r.grade() == Grade.EXPOSED)
                            .count())
                    .append(" |");
        }
        System.out.println(total);
    }

    private static String word(Grade grade) {
        return grade == Grade.EXPOSED
                ? "**exposed**"
                : grade.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
