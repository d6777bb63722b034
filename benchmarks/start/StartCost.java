import dev.sandjar.Sandbox;
import dev.sandjar.SandboxPool;
import dev.sandjar.Sandjar;
import dev.sandjar.SetupStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Measures what it costs to start a static program in a sandbox, beside other ways to start it. */
public final class StartCost {
    private StartCost() {}

    /** Arguments: directory of the programs, starts to warm up, starts to measure, ms of throughput, sandboxes alive, directory for results. */
    public static void main(String[] args) throws Exception {
        Contender.Programs programs = new Contender.Programs(Path.of(args[0]).toAbsolutePath());
        Sandjar.warmUp();
        List<SandboxPool> pools = new ArrayList<>();
        try {
            List<Contender> contenders = new ArrayList<>();
            for (Contender contender : Contender.all(programs, pools)) {
                if (contender.canStart()) {
                    contenders.add(contender);
                }
            }
            List<Measured> measured = Latency.of(contenders, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
            List<Measured> alone = Latency.alone(contenders, Integer.parseInt(args[2]));
            List<Measured> packed = Latency.packed(contenders, Integer.parseInt(args[2]));
            List<Throughput> throughput =
                    Throughput.of(contenders, Runtime.getRuntime().availableProcessors(), Long.parseLong(args[3]));
            pools.forEach(SandboxPool::close);
            int[] sizes = Arrays.stream(args[4].split(","))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            List<Crowd> crowds = Crowd.of(programs, sizes);
            Results results = new Results(
                    measured, alone, packed, throughput, crowds, steps(programs, false), steps(programs, true));
            results.write(Path.of(args[5]));
            System.out.println(results.markdown());
        } finally {
            pools.forEach(SandboxPool::close);
        }
    }

    private static List<SetupStep> steps(Contender.Programs programs, boolean template)
            throws IOException, InterruptedException {
        Sandbox sandbox = Contender.untrusted(programs).toBuilder()
                .template(template)
                .warm(0)
                .build();
        String guest = programs.guest(programs.run());
        for (int i = 0; i < 20; i++) {
            sandbox.run(guest);
        }
        return sandbox.run(guest).report().steps();
    }
}
