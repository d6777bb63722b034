import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Tier;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a start in the tier CONTAINER costs beside ProcessBuilder, in turns in one run: from the call to the reaped exit of a static program.
 * Arguments: the program, and how many starts are measured of each.
 */
public final class TierCost {
    private TierCost() {}

    private interface Start {
        void run() throws IOException, InterruptedException;
    }

    public static void main(String[] args) throws Exception {
        String program = args[0];
        int starts = Integer.parseInt(args[1]);
        int before = starts / 5;
        Sandbox sandbox = Sandbox.untrusted()
                .minimumTier(Tier.CONTAINER)
                .bindReadOnly(Path.of(program), program)
                .build();
        Command command = Command.of(program)
                .stdin(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .stdout(ProcessBuilder.Redirect.DISCARD)
                .stderr(ProcessBuilder.Redirect.DISCARD);
        Start inTier = () -> {
            try (SandboxProcess process = sandbox.start(command)) {
                check(process.waitFor());
            }
        };
        Start plain = () -> check(new ProcessBuilder(program)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor());
        Tier tier = sandbox.run(command).report().tier();
        long[][] nanos = new long[2][starts];
        for (int i = -before; i < starts; i++) {
            for (int k = 0; k < 2; k++) {
                long begin = System.nanoTime();
                (k == 0 ? plain : inTier).run();
                if (i >= 0) {
                    nanos[k][i] = System.nanoTime() - begin;
                }
            }
        }
        double plainMillis = median(nanos[0]);
        double tierMillis = median(nanos[1]);
        System.out.printf(
                Locale.ROOT,
                "tier %s: ProcessBuilder %.3f ms, sandbox %.3f ms, ratio %.2f, medians of %d%n",
                tier,
                plainMillis,
                tierMillis,
                tierMillis / plainMillis,
                starts);
        System.exit(tier == Tier.CONTAINER ? 0 : 1);
    }

    private static void check(int status) {
        if (status != 0) {
            throw new IllegalStateException("ended with " + status);
        }
    }

    private static double median(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2] / 1e6;
    }
}
