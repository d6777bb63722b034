import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.ProcessTree;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Shows the processes of a sandbox with both of their ids, and that destroy() leaves none of them. */
public final class ProcessTreeExample {
    private ProcessTreeExample() {}

    public static void main(String[] args) throws Exception {
        Path script = Path.of(System.getProperty("example.directory"), "family.sh");
        Sandbox sandbox = Sandbox.untrusted()
                .file("/family.sh", Files.readAllBytes(script), 0644)
                .build();

        try (SandboxProcess process = sandbox.start(Command.of("/bin/bash", "/family.sh"))) {
            BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream()));
            Set<String> lines = new HashSet<>(Arrays.asList(output.readLine(), output.readLine()));
            expect(lines.equals(Set.of("daemon is there", "its parent is gone")), "the daemon has left its family");

            ProcessTree tree = process.processes();
            System.out.println("The id inside, [the id on the host] and the command:\n\n" + tree);

            List<ProcessTree> all = tree.stream().toList();
            List<ProcessHandle> onHost = all.stream()
                    .flatMap(member -> ProcessHandle.of(member.pid()).stream())
                    .toList();
            expect(onHost.size() == all.size(), "the host sees each of them under its other id");
            expect(
                    all.stream().anyMatch(member -> member.commandLine().contains("daemon")),
                    "the daemon is among them, below the main process again");

            process.destroy();
            ExitReport report = process.waitForReport();
            expect(report.verdict() == Verdict.DESTROYED, "destroyed: " + report.verdict());
            expect(onHost.stream().noneMatch(ProcessHandle::isAlive), "none of the " + all.size() + " is left");
        }
    }

    private static void expect(boolean truth, String statement) {
        System.out.println((truth ? "ok   " : "NOT  ") + statement);
        if (!truth) {
            System.exit(1);
        }
    }
}
