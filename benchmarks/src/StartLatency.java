import dev.sandjar.ExitReport;
import dev.sandjar.Sandjar;
import dev.sandjar.SetupStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures from the call that starts a static program to its known end. The contenders take turns start by start, so that
 * whatever disturbs the machine disturbs all of them alike; ratios are what to look at.
 */
public final class StartLatency {
    private StartLatency() {}

    /** Arguments: the program, starts to warm up, starts to measure, directory for the results. */
    public static void main(String[] args) throws Exception {
        Path program = Path.of(args[0]).toAbsolutePath();
        Sandjar.warmUp();
        List<Contender> contenders = new ArrayList<>();
        for (Contender contender : Contender.all(program)) {
            if (contender.canStart()) {
                contenders.add(contender);
            }
        }
        rounds(contenders, Integer.parseInt(args[1]));
        long[][] nanos = rounds(contenders, Integer.parseInt(args[2]));

        List<Measured> measured = new ArrayList<>();
        for (int i = 0; i < nanos.length; i++) {
            measured.add(
                    new Measured(contenders.get(i).name(), contenders.get(i).what(), nanos[i]));
        }
        Results results = new Results(measured, steps(program));
        results.write(Path.of(args[3]));
        System.out.println(results.markdown());
    }

    private static long[][] rounds(List<Contender> contenders, int count) throws IOException, InterruptedException {
        long[][] nanos = new long[contenders.size()][count];
        for (int round = 0; round < count; round++) {
            for (int i = 0; i < nanos.length; i++) {
                long begin = System.nanoTime();
                int code = contenders.get(i).start().run();
                nanos[i][round] = System.nanoTime() - begin;
                if (code != 0) {
                    throw new IOException(contenders.get(i).name() + " ended with " + code);
                }
            }
        }
        return nanos;
    }

    private static List<SetupStep> steps(Path program) throws IOException, InterruptedException {
        ExitReport report = Contender.untrusted(program)
                .run("/bench/" + program.getFileName())
                .report();
        return report.steps();
    }
}
