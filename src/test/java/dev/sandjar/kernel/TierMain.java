package dev.sandjar.kernel;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Tier;
import dev.sandjar.UnsupportedIsolationException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a program meets on a host that refuses every namespace, and lets the tier without them serve. Each line is one answer. */
final class TierMain {
    private TierMain() {}

    public static void main(String[] args) throws Exception {
        try {
            Sandbox.untrusted().build().run("true");
            System.out.println("strict ran");
        } catch (UnsupportedIsolationException e) {
            System.out.println("strict " + e.getMessage());
        }
        Sandbox sandbox = Sandbox.untrusted().minimumTier(Tier.CONTAINER).build();
        System.out.println("explained " + sandbox.explain().tier());
        RunResult run = sandbox.run(
                "sh",
                "-c",
                "echo kept > $TMPDIR/file && cat $HOME/file && pwd && echo $TMPDIR && stat -c '%a %u' . && ls -d /tmp 2>&1 && ls /tmp 2>&1");
        System.out.println("run " + run.report().tier() + " " + run.stdout().replace('\n', '|') + run.stderr());
        Path own = Path.of(run.stdout().lines().skip(2).findFirst().orElseThrow());
        System.out.println("told " + run.report().applied().entries().toString().contains(own.toString()));
        System.out.println("removed " + Files.notExists(own));
        try (SandboxProcess one = sandbox.start("sh", "-c", "echo $TMPDIR; read x");
                SandboxProcess other = sandbox.start("sh", "-c", "echo $TMPDIR; read x")) {
            String first = one.inputReader().readLine();
            String second = other.inputReader().readLine();
            System.out.println("different " + !first.equals(second));
            RunResult spy = sandbox.run("sh", "-c", "cat " + first + "/x; echo > " + first + "/x; ls " + second);
            System.out.println("spy " + spy.exitValue() + " " + spy.stdout() + " " + Files.exists(Path.of(first, "x")));
            try (SandboxProcess further = one.exec(Command.of("sh", "-c", "echo $TMPDIR; echo > $TMPDIR/further"))) {
                System.out.println("exec " + first.equals(further.inputReader().readLine()) + " "
                        + further.waitForReport().isSuccess() + " " + Files.exists(Path.of(first, "further")));
            }
        }
        bounds();
        SandboxHost host = SandboxHost.probe();
        System.out.println("cgroups " + host.has(Isolation.CGROUP_LIMITS));
        System.out.println("doctor " + host.tier() + " " + host.isReady() + " "
                + host.toJson().contains("\"tier\" : \"CONTAINER\"") + " "
                + host.toString().contains("minimumTier(Tier.CONTAINER)"));
        System.exit(0);
    }

    private static SandboxBuilder builder() {
        return Sandbox.untrusted().minimumTier(Tier.CONTAINER);
    }

    /** Each process is within its own limit; all together are not. */
    private static void bounds() throws Exception {
        String hold = "head -c 40m /dev/zero | tail -c 40m | { sleep 20; cat; } >/dev/null &";
        Sandbox small =
                builder().memoryLimit(DataSize.mebibytes(100)).pidsLimit(60).build();
        ExitReport many = small.run("sh", "-c", hold.repeat(4) + " wait").report();
        System.out.println("memory " + many.verdict());
        ExitReport few =
                small.run("sh", "-c", hold.replace("20", "0.3") + " wait").report();
        System.out.println("control " + few.verdict());
        ExitReport files = small.run("sh", "-c", "i=0; while [ $i -lt 80 ]; do sleep 20 & i=$((i + 1)); done; wait")
                .report();
        System.out.println("processes " + files.verdict() + " " + files.exitCode());
    }
}
