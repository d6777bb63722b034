import dev.sandjar.Sandbox;
import dev.sandjar.seccomp.SeccompProfile;
import java.util.Arrays;

/** What an installed filter costs a program that does nothing but make the cheapest system call. */
public class FilterCost {
    private static final String CALLS = "2000000";
    private static final int ROUNDS = 41;

    public static void main(String[] args) throws Exception {
        String program = args[0];
        Sandbox[] sandboxes = {
            Sandbox.builder().build(),
            Sandbox.builder().seccomp(SeccompProfile.none().toBuilder().build()).build(),
            Sandbox.builder().seccomp(SeccompProfile.standard()).build(),
            Sandbox.builder().seccomp(SeccompProfile.strict()).build(),
        };
        String[] names = {"none", "one that allows all", "standard()", "strict()"};
        double[][] nanos = new double[sandboxes.length][ROUNDS];
        double[][] ratios = new double[sandboxes.length][ROUNDS];
        double[][] beyond = new double[sandboxes.length][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < sandboxes.length; i++) {
                String text =
                        sandboxes[i].run(program, CALLS).orThrow().stdout().strip();
                nanos[i][round] = Double.parseDouble(text) / Long.parseLong(CALLS);
                // In turns, so that each is compared with its neighbour in time.
                ratios[i][round] = nanos[i][round] / nanos[0][round];
            }
            for (int i = 0; i < sandboxes.length; i++) {
                beyond[i][round] = nanos[i][round] / nanos[1][round];
            }
        }
        System.out.println("| filter | ns a call | to none | to one that allows all |\n| --- | ---: | ---: | ---: |");
        for (int i = 0; i < sandboxes.length; i++) {
            System.out.printf(
                    "| %s | %.1f | %.3f | %.3f |%n", names[i], median(nanos[i]), median(ratios[i]), median(beyond[i]));
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
