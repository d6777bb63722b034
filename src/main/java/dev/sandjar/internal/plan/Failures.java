package dev.sandjar.internal.plan;

import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceKind;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.host.Processors;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.protocol.Section;
import dev.sandjar.internal.protocol.StartFailure;
import dev.sandjar.internal.util.Errno;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a failure that the launcher reported into words. */
public final class Failures {
    private static final String SETTING = "set /proc/sys/";

    private Failures() {}

    /**
     * The exception for a start that failed.
     *
     * @param triedPaths where the program was looked for, in order
     * @param directory the working directory that was asked for
     */
    public static SandboxException exception(
            Plan plan, StartFailure f, List<String> triedPaths, @Nullable String directory) {
        Section section = Section.of(f.section());
        String step = plan.stepName(f.section(), f.opcode(), f.index());
        if (section == null) {
            return plain(step, f, "", "report this: the launcher named a step that this library does not know");
        }
        SandboxException shortage = Shortages.explain(plan, step, f);
        if (shortage != null) {
            return shortage;
        }
        return switch (section) {
            case REQUEST -> request(step, f);
            case CLONE -> clone(plan, step, f);
            case IDMAP ->
                refused(
                        plan.idMap().mode() == IdMapPlan.HELPER ? Isolation.ID_RANGE : Isolation.USER_NAMESPACE,
                        step,
                        f);
            case CHDIR -> ProgramFailures.chdir(plan, step, f, directory);
            case EXEC -> ProgramFailures.exec(plan, step, f, triedPaths);
            case CGROUP -> cgroup(plan, step, f);
            case OBSERVER ->
                plain(
                        step,
                        f,
                        f.call().startsWith("ptrace") ? "tracing is not permitted here" : "",
                        "to learn a profile, run where kernel.yama.ptrace_scope is below 3 and no filter refuses ptrace");
            default -> operation(plan, step, f);
        };
    }

    private static SandboxException request(String step, StartFailure f) {
        return f.call().equals("epoll_ctl") && Errno.ENOSPC.is(f.errno())
                ? plain(
                        "watch the sandbox",
                        f,
                        "the programs of this user together have all the epoll watches that it may have",
                        "end those that watch many descriptors, or raise the limit as root: sysctl fs.epoll.max_user_watches=N")
                : plain(step, f, f.what(), "");
    }

    private static SandboxException clone(Plan plan, String step, StartFailure f) {
        if (f.isOutOfMemory()) {
            return outOfMemory(plan.memoryLimit());
        }
        if (f.isLoss()) {
            return plain(step, f, "the process that sets the sandbox up was killed", "start it again");
        }
        if (Errno.EAGAIN.is(f.errno())) {
            return plain(step, f, "this user has too many processes", "raise RLIMIT_NPROC or end some");
        }
        boolean user = (plan.cloneFlags() & CloneFlags.of(NamespaceKind.USER)) != 0;
        return (f.call().startsWith("clone") || f.call().equals("unshare"))
                ? refused(user ? Isolation.USER_NAMESPACE : null, step, f)
                : plain(step, f, "", "");
    }

    private static SandboxException outOfMemory(@Nullable Long limit) {
        String which =
                limit == null ? "a memory limit above the sandbox's" : "the memory limit of " + new DataSize(limit);
        return new SandboxException(
                Section.SETUP.step,
                null,
                null,
                0,
                which + " was met while the sandbox was being set up",
                limit == null
                        ? "raise that of the cgroups above, or run fewer sandboxes at once"
                        : "raise memoryLimit(...): what the program's process takes before the program begins counts too");
    }

    private static SandboxException operation(Plan plan, String step, StartFailure f) {
        Isolation isolation = plan.isolation(f.section(), f.index());
        SandboxException asked = MountFailures.explain(plan, isolation, step, f);
        if (asked != null) {
            return asked;
        }
        if (f.opcode() == Opcode.JOIN.number && f.call().equals("setns")) {
            return joining(isolation, step, f);
        }
        if (step.equals("set oom_score_adj") && (Errno.EACCES.is(f.errno()) || Errno.EPERM.is(f.errno()))) {
            return plain(
                    step,
                    f,
                    "without CAP_SYS_RESOURCE it can't be lower than the least that somebody with that has set for this process,"
                            + " which is 0 unless it was changed",
                    "choose a higher value, or give the process that starts the sandbox CAP_SYS_RESOURCE");
        }
        if (step.startsWith(SETTING) && (Errno.ENOENT.is(f.errno()) || Errno.EACCES.is(f.errno()))) {
            return plain(
                    step,
                    f,
                    "this kernel has no such setting, or keeps it to the first namespaces of the host",
                    "correct the name, load the module that the setting belongs to, or leave it out");
        }
        if (Errno.ESTALE.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "a directory with a mount on it was moved or exchanged meanwhile: somebody else may write to the sandbox's root,"
                            + " or to what is bound there",
                    "give the sandbox a root that nobody else writes to, or start it again once they are done");
        }
        boolean sourceOrTarget = f.call().equals("open")
                || f.call().equals("openat2")
                || f.call().equals("create");
        if (sourceOrTarget) {
            return path(plan, step, f);
        }
        return isolation != null && isRefusal(f.errno())
                ? refused(isolation, step, f)
                : plain(step, f, hint(f), remedy(f));
    }

    /** The kernel says EPERM of rights, and EINVAL of a file of another kind; neither is anything that this host lacks. */
    private static SandboxException joining(@Nullable Isolation isolation, String step, StartFailure f) {
        if (Errno.EPERM.is(f.errno())) {
            return new UnsupportedIsolationException(
                    isolation,
                    step,
                    f.call(),
                    emptyToNull(f.what()),
                    f.errno(),
                    "it takes CAP_SYS_ADMIN in the user namespace that this one belongs to, and in the sandbox's own",
                    "join that user namespace too, by namespaces(n -> n.join(USER, ...)), if it is this user's; or start java as root");
        }
        if (Errno.EINVAL.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "the file is of a namespace of another kind, or of the user namespace that this process is in",
                    "name the file of this kind, such as /proc/PID/ns/net for a network");
        }
        return isolation != null && isRefusal(f.errno())
                ? refused(isolation, step, f)
                : plain(step, f, hint(f), remedy(f));
    }

    private static boolean isRefusal(int errno) {
        return Errno.EPERM.is(errno)
                || Errno.EACCES.is(errno)
                || Errno.ENOSYS.is(errno)
                || Errno.EINVAL.is(errno)
                || Errno.ENODEV.is(errno)
                || Errno.ENXIO.is(errno)
                || Errno.ENOSPC.is(errno)
                || Errno.EUSERS.is(errno)
                || Errno.EROFS.is(errno)
                || Errno.EOPNOTSUPP.is(errno);
    }

    private static SandboxException refused(@Nullable Isolation isolation, String step, StartFailure f) {
        Diagnosis.Finding finding = Diagnosis.of(isolation == null ? Isolation.PID_NAMESPACE : isolation, f.errno());
        // What a program or the kernel said of it follows in a line of its own.
        String[] lines = f.what().split("\n", 2);
        String reason = lines.length < 2 ? finding.reason() : lines[1].replace('\n', ';') + ": " + finding.reason();
        return new UnsupportedIsolationException(
                isolation, step, f.call(), emptyToNull(lines[0]), f.errno(), reason, finding.remedy());
    }

    private static SandboxException cgroup(Plan plan, String step, StartFailure f) {
        boolean chosen = f.opcode() == Opcode.CGROUP_AT.number;
        if (chosen && Errno.EEXIST.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "there is a cgroup of this name, and Sandjar takes over none that it has not made for this start",
                    "choose another path; or end what uses that cgroup, and remove it with rmdir");
        }
        if (chosen && Errno.EBUSY.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "a sandbox that had it has ended, and processes in it have not",
                    "choose another path; or end the processes that its cgroup.procs lists");
        }
        if (chosen && (Errno.ENOTDIR.is(f.errno()) || Errno.ELOOP.is(f.errno()))) {
            return plain(step, f, "something on the path is not a cgroup", "choose another path");
        }
        if (chosen && Errno.ENOENT.is(f.errno()) && f.call().equals("write")) {
            return plain(
                    step,
                    f,
                    "the cgroup above no longer enables every controller for the cgroups below",
                    "write those that are missing to its cgroup.subtree_control, or build the sandbox again");
        }
        if (Errno.EPERM.is(f.errno()) || Errno.EACCES.is(f.errno()) || Errno.EROFS.is(f.errno())) {
            Isolation isolation = plan.isolation(f.section(), f.index());
            return refused(isolation == null ? Isolation.CGROUP_LIMITS : isolation, step, f);
        }
        if (Errno.ENOENT.is(f.errno()) || Errno.ENODEV.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "the cgroups of this host process are gone, or not complete",
                    "restart the host process, which makes them anew, and keep whatever removes cgroups from removing these");
        }
        if (Errno.EAGAIN.is(f.errno()) || Errno.ENOSPC.is(f.errno())) {
            return plain(
                    step, f, "a limit of the cgroups above is reached", "raise it, or run fewer sandboxes at once");
        }
        return plain(
                step,
                f,
                f.call().equals("write") ? "the kernel does not take this value here" : hint(f),
                "limits can't be wider than those of the cgroups above, nor name what this machine does not have");
    }

    private static SandboxException path(Plan plan, String step, StartFailure f) {
        boolean source = f.call().equals("open");
        String[] closed = source || !Errno.EACCES.is(f.errno()) ? null : plan.closedToSupervisor(f.what());
        if (closed != null) {
            return plain(step, f, closed[0], closed[1]);
        }
        if (Errno.ELOOP.is(f.errno())) {
            return plain(
                    step,
                    f,
                    source
                            ? "a symbolic link stands where there was none or none may be"
                            : "symbolic links of the root lead in a circle; or this is where proc or sysfs is to be, and it is a link",
                    source
                            ? "someone may be changing the path under the sandbox: use a directory that only you can write to"
                            : "correct the links of the root, or name the place that they were to lead to");
        }
        if (!source && Errno.EXDEV.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "a symbolic link of the root leads there into another mount, which may be a directory of the host, and"
                            + " nothing is made in such a one through a link",
                    "name the place that the link leads to, or make it on the host");
        }
        if (f.opcode() == Opcode.LANDLOCK.number && Errno.ENOENT.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "it is not there inside",
                    "correct the path, make it inside, or leave the rule out; allowIfPresent(...) is for what need not be there");
        }
        if (!source && isInProc(f.what()) && (Errno.ENOENT.is(f.errno()) || Errno.EACCES.is(f.errno()))) {
            return plain(
                    step, f, "nothing can be made in a file system of the kernel", "choose a target outside of /proc");
        }
        if (Errno.ENOENT.is(f.errno()) || Errno.ENOTDIR.is(f.errno())) {
            return plain(
                    step,
                    f,
                    source ? "it no longer exists on the host" : "the root has no such mount point",
                    source
                            ? step.startsWith("bind ")
                                    ? "create it, or mark the bind MountOption.OPTIONAL"
                                    : "create it"
                            : "create it in the root"
                                    + (plan.hasOwnIds()
                                            ? ""
                                            : ", let it be made there by RootFs.directoryWithMountPoints")
                                    + ", or use RootFs.overlay, where it can be made without changing the host");
        }
        if (f.call().equals("create") && Errno.EACCES.is(f.errno()) && plan.hasOwnIds()) {
            return plain(
                    step,
                    f,
                    "it isn't there, and can't be made: the sandbox has ids of its own, to none of which the directory above it belongs",
                    plan.missingPlace(f.what()));
        }
        if (f.call().equals("create") && Errno.EACCES.is(f.errno())) {
            return plain(
                    step,
                    f,
                    "it isn't there, and can't be made: the directory above it in the root belongs to somebody else",
                    "make it as that directory's owner, give that directory to who starts the sandbox, or use RootFs.overlay, where it"
                            + " can be made without changing the host");
        }
        return plain(step, f, hint(f), remedy(f));
    }

    private static boolean isInProc(String target) {
        return target.startsWith("/proc/");
    }

    private static String memoryHint(StartFailure f) {
        if (Errno.ENOSYS.is(f.errno())) {
            return "this kernel has no memory policies (CONFIG_NUMA)";
        }
        return Errno.EPERM.is(f.errno())
                ? "a seccomp filter that this process runs under refuses it, as Docker's does without CAP_SYS_NICE"
                : "the machine has " + Processors.memoryNodes()
                        + ", a cpuset may leave fewer, and some kernels know fewer modes and flags";
    }

    static String hint(StartFailure f) {
        if (f.call().equals("set_mempolicy")) {
            return memoryHint(f);
        }
        if (f.call().equals("sched_setaffinity") && Errno.EINVAL.is(f.errno())) {
            return "none of them can be used: the machine has " + Processors.online()
                    + ", and a cpuset may leave it fewer";
        }
        if (Errno.EPERM.is(f.errno())) {
            return "this process, or the sandbox's user, lacks the privilege";
        }
        if (Errno.ENOSPC.is(f.errno())) {
            return "the file system or a limit is full";
        }
        return "";
    }

    static String remedy(StartFailure f) {
        if (f.call().equals("prlimit")) {
            return "a hard limit is raised only with CAP_SYS_RESOURCE outside: ask for at most that of this process";
        }
        if (f.call().equals("sched_setaffinity")) {
            return "name some of those by cpuAffinity(...), or ask for a number of them by processors(...)";
        }
        if (f.call().equals("setpriority") || f.call().equals("ioprio_set")) {
            return "a higher priority needs CAP_SYS_NICE outside";
        }
        return "";
    }

    static SandboxException plain(String step, StartFailure f, String reason, String remedy) {
        String path = f.what().lines().findFirst().orElse("");
        return new SandboxException(step, emptyToNull(f.call()), emptyToNull(path), f.errno(), reason, remedy);
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
