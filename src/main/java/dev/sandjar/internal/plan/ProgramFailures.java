package dev.sandjar.internal.plan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.StartFailure;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.Printable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why a program can't be executed ({@code execve(2)}), or its working directory not be entered, and what helps. */
final class ProgramFailures {
    private static final int TYPE_MASK = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int EXECUTE = 0111;
    private static final int EXECUTE_BY_OTHERS = 0001;

    private static final Pattern SHELL = Pattern.compile("[\\s|&;<>$`*]");
    private static final Pattern SYSTEM = Pattern.compile("/(usr|bin|sbin)/.*");
    private static final int LINE_MAX = 60;

    private ProgramFailures() {}

    static SandboxException chdir(Plan plan, String step, StartFailure f, @Nullable String directory) {
        SandboxException closed = closedWay(plan, step, f);
        return closed != null
                ? closed
                : Failures.plain(
                        step,
                        f,
                        "the working directory " + quoted(directory) + " can't be entered inside",
                        "it has to exist in the sandbox's root, and its user has to have execute permission on it");
    }

    /** Null unless the launcher found a directory on the way that may not be searched. */
    private static @Nullable SandboxException closedWay(Plan plan, String step, StartFailure f) {
        byte[] path = f.what().getBytes(StandardCharsets.UTF_8);
        int length = (int) (f.detail() >>> Integer.SIZE);
        if (length <= 0 || length > path.length) {
            return null;
        }
        String[] words = plan.unsearchable(new String(path, 0, length, StandardCharsets.UTF_8));
        return Failures.plain(step, f, words[0], words[1]);
    }

    /** Why a program that is there, and the way to it open, may not be executed; and what helps. */
    private static String[] notExecutable(Plan plan, int mode, boolean ofRoot) {
        String landlock = plan.hasLandlock() ? ", or no rule of Landlock lets it be executed" : "";
        String rule = plan.hasLandlock() ? "; for Landlock add a rule that allows to execute" : "";
        if (mode != 0 && (mode & EXECUTE) == 0) {
            return new String[] {
                "it has no execute permission (mode " + octal(mode) + ")" + landlock, "chmod +x it" + rule
            };
        }
        if (mode != 0 && (mode & EXECUTE_BY_OTHERS) == 0) {
            return new String[] {
                "its mode " + octal(mode)
                        + " lets only its owner or group execute it, and the sandbox's user may be neither; or it lies"
                        + " on a noexec mount" + landlock,
                "chmod o+rx it, or make its owner the sandbox's user by MountOption.IDMAPPED"
                        + (ofRoot ? "_ROOT, if nothing else of root's is in what is bound" : "")
                        + "; for a tmpfs add MountOption.EXEC"
                        + rule
            };
        }
        return new String[] {
            "it lies on a noexec mount, or what its first line or header names as its interpreter may not be executed"
                    + landlock,
            "for a tmpfs add MountOption.EXEC; else look at the interpreter" + rule
        };
    }

    private static String octal(int mode) {
        return String.format(Locale.ROOT, "%04o", mode & 07777);
    }

    static SandboxException exec(Plan plan, String step, StartFailure f, List<String> tried) {
        int mode = (int) f.detail();
        boolean directory = (mode & TYPE_MASK) == DIRECTORY;
        if (Errno.ENOENT.is(f.errno()) || Errno.ENOTDIR.is(f.errno())) {
            boolean exists = mode != 0;
            return Failures.plain(
                    step,
                    f,
                    exists
                            ? "the program is there, but its interpreter or loader is not"
                            : "no such program inside; tried " + tried,
                    exists
                            ? "bind the interpreter of its first line, or the dynamic loader and libraries, into the sandbox; a"
                                    + " first line that ends in CR LF names an interpreter whose name ends in CR: take the CR away"
                            : isLine(tried) ? words(tried) : missing(plan, tried));
        }
        if (Errno.EACCES.is(f.errno())) {
            SandboxException closed = closedWay(plan, step, f);
            String[] program = directory || mode == 0 || (mode & EXECUTE) == 0 ? null : plan.closedProgram(f.what());
            String[] words = directory
                    ? new String[] {"it is a directory", "name a program"}
                    : program != null ? program : notExecutable(plan, mode, plan.isOfRoot(f.what()));
            return closed != null ? closed : Failures.plain(step, f, words[0], words[1]);
        }
        if (Errno.E2BIG.is(f.errno())) {
            return Failures.plain(
                    step,
                    f,
                    "arguments and environment are larger than the kernel takes (execve(2): 128 KiB each,"
                            + " a quarter of the stack limit together)",
                    "pass the data through standard input or a file");
        }
        if (plan.hasFilter() && (Errno.EPERM.is(f.errno()) || Errno.ENOSYS.is(f.errno()))) {
            return Failures.plain(
                    step,
                    f,
                    "the sandbox's seccomp profile may refuse execve(2), which starts the program under the filter",
                    "let the profile allow execve");
        }
        if (Errno.ENOEXEC.is(f.errno())) {
            return Failures.plain(
                    step,
                    f,
                    "it is neither a program of this machine nor a script with a #! line" + plan.ofImage(),
                    "start its interpreter");
        }
        return Failures.plain(step, f, Failures.hint(f), Failures.remedy(f));
    }

    /** A whole command line as the name of a program. */
    private static boolean isLine(List<String> tried) {
        return !tried.isEmpty() && SHELL.matcher(name(tried)).find();
    }

    /** Without the directory of PATH, which several were tried of. */
    private static String name(List<String> tried) {
        String first = tried.get(0);
        return tried.size() == 1 ? first : first.substring(first.lastIndexOf('/') + 1);
    }

    private static String words(List<String> tried) {
        String line = Printable.line(name(tried));
        String shown = line.length() > LINE_MAX ? line.substring(0, LINE_MAX) + "..." : line;
        return "there is no shell that would take " + quoted(shown)
                + " apart: name the program and each argument by itself, as in "
                + "(\"" + String.join("\", \"", shown.strip().split("\\s+"))
                + "\"), or start a shell: (\"sh\", \"-c\", "
                + quoted(shown) + ")";
    }

    private static String missing(Plan plan, List<String> tried) {
        String onHost = plan.isOnHostRoot()
                ? null
                : tried.stream()
                        .filter(path -> path.startsWith("/") && Files.isExecutable(Path.of(path)))
                        .findFirst()
                        .orElse(null);
        String general = "name a path that exists in the sandbox's root, or set PATH";
        String meant =
                onHost == null && !plan.isOnHostRoot() ? HostPath.find(name(tried), System.getenv("PATH")) : null;
        if (meant != null) {
            return "by the PATH of this process it is " + meant
                    + ": show the installation that it belongs to with bindReadOnly, and name that path or put its directory into"
                    + " env(\"PATH\", ...); or " + general;
        }
        return onHost == null
                ? general
                : "the host has " + onHost + ": show it to the sandbox with "
                        + (SYSTEM.matcher(onHost).matches() ? "hostPrograms(), or with " : "")
                        + "bindReadOnly, with what it needs; or " + general;
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "" : '"' + text + '"';
    }
}
