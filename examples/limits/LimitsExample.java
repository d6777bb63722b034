import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.Limits;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import java.time.Duration;
import java.util.Locale;

/** Programs that take more than their share, what stops each, and how the report tells them apart. */
public final class LimitsExample {
    private LimitsExample() {}

    public static void main(String[] args) throws Exception {
        try {
            greedy();
            living();
        } catch (UnsupportedIsolationException e) {
            System.out.println("This host gives no cgroups, so there is nothing to show: " + e.reason());
            System.out.println("What helps: " + e.remedy());
        }
    }

    private static void greedy() throws Exception {
        System.out.printf("%-44s %-24s %8s %9s %9s%n", "", "verdict", "CPU ms", "wall ms", "peak KiB");
        show("all the memory there is", "tail /dev/zero", Verdict.OOM_KILLED);
        show("memory in /dev/shm", "cat /dev/zero >/dev/shm/x", Verdict.OOM_KILLED);
        show("memory, by a child whose parent shrugs", "tail /dev/zero; exit 0", Verdict.OOM_KILLED);
        show("an exit code that looks like that", "exit 137", Verdict.EXITED);
        show("processes without end", "f() { f | f & }; f; sleep 60", Verdict.TIMED_OUT);
        show("sleeping on", "exec >&- 2>&-; sleep 60", Verdict.TIMED_OUT);
        show("spinning, in children that end at once", "while :; do (:); done", Verdict.CPU_TIME_EXCEEDED);
        show("output without end", "yes", Verdict.OUTPUT_LIMIT_EXCEEDED);
    }

    private static SandboxBuilder limited() {
        return Sandbox.untrusted()
                .memoryLimit(DataSize.mebibytes(32))
                .pidsLimit(32)
                .cpuLimit(1)
                .timeout(Duration.ofSeconds(10))
                .bounds(b -> b.cpuTime(Duration.ofMillis(500)))
                .outputLimit(DataSize.mebibytes(1));
    }

    private static void show(String what, String script, Verdict expected) throws Exception {
        ExitReport report = limited().build().run("bash", "-c", script + "\n:").report();
        System.out.printf(
                Locale.ROOT,
                "%-44s %-24s %8d %9d %9d%n",
                what,
                report.verdict() + (report.exitCode().isPresent() ? " " + report.exitValue() : ""),
                report.usage().cpuTime().toMillis(),
                report.usage().wallTime().toMillis(),
                report.usage().peakMemory().toBytes() / 1024);
        if (report.verdict() != expected) {
            System.out.println("NOT  " + expected + ":\n" + report);
            System.exit(1);
        }
    }

    /** A sandbox that is watched, frozen, and given less while it runs. */
    private static void living() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().memoryLimit(DataSize.mebibytes(32)).build();
        try (SandboxProcess process = sandbox.start("sh", "-c", "while :; do :; done")) {
            double fast = share(process);
            process.update(Limits.none().cpus(0.2));
            double slow = share(process);
            // Where others are busy too, a loop may have had no more before.
            for (int i = 0; i < 4 && slow >= fast; i++) {
                process.update(Limits.none().cpus(1));
                fast = share(process);
                process.update(Limits.none().cpus(0.2));
                slow = share(process);
            }
            process.freeze();
            double frozen = share(process);
            process.thaw();
            System.out.printf(
                    Locale.ROOT,
                    "%nOne loop has %.0f %% of a processor, with a fifth of one %.0f %%, frozen %.0f %%%n",
                    fast * 100,
                    slow * 100,
                    frozen * 100);
            if (slow >= fast || frozen > 0.002) {
                System.out.println("NOT  slower and slower");
                System.exit(1);
            }
        }
    }

    /** CPU time by time. */
    private static double share(SandboxProcess process) throws Exception {
        Duration before = process.usage().cpuTime();
        long begin = System.nanoTime();
        process.waitFor(Duration.ofMillis(500));
        double used = process.usage().cpuTime().minus(before).toNanos();
        return used / (System.nanoTime() - begin);
    }
}
