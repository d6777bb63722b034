package dev.sandjar.docs;

// tag::quick
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;

/** The first example. */
public class Quick {
    public static void main(String[] args) throws Exception {
        // Everything on, for code that nobody has read.
        Sandbox sandbox = Sandbox.untrusted().build();
        RunResult result = sandbox.run("sh", "-c", "id; hostname; touch /usr/x");
        System.out.print(result.stdout() + result.stderr());
        System.out.println(result.report().verdict() + " with " + result.exitValue());

        // Or piece by piece: each call adds one isolation.
        Sandbox worker = Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .networkNamespace()
                .utsNamespace("worker")
                .rootfs(RootFs.hostReadOnly())
                .tmpfs("/work", DataSize.mebibytes(64))
                .workingDirectory("/work")
                .build();
        try (SandboxProcess process = worker.start("/usr/bin/sort", "-r")) { // it is a java.lang.Process
            process.outputWriter().append("a\nb\nc\n").close();
            process.inputReader().lines().forEach(System.out::println);
            ExitReport report = process.waitForReport();
            System.out.println(
                    report.verdict() + ", peak memory " + report.usage().peakMemory());
        } // all of its processes are gone here
    }
}
// end::quick
