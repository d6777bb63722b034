import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * From the call that starts a static program to its known end. The contenders take turns start by start, so that whatever disturbs the
 * machine disturbs all of them alike, in another order each time and with a pause after each, so that nobody pays more than others for
 * what one leaves to be cleared away.
 */
final class Latency {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    /** Else the tails would be those of the compiler, which has the processors to itself for a millisecond at a time. */
    private static final int WARM = 3;

    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(15);

    private Latency() {}

    static List<Measured> of(List<Contender> contenders, int warm, int starts)
            throws IOException, InterruptedException {
        rounds(contenders, warm, PAUSE_NANOS);
        return rounds(contenders, starts, PAUSE_NANOS);
    }

    /** Each contender by itself, one start upon another: what it costs when what is made ahead is used up. */
    static List<Measured> packed(List<Contender> contenders, int starts) throws IOException, InterruptedException {
        return alone(contenders, starts, 1, 0);
    }

    /**
     * Each contender by itself, with the same pauses: how far its starts are apart. In turns each would also pay for what the slowest of
     * all leaves to be cleared away.
     */
    static List<Measured> alone(List<Contender> contenders, int starts) throws IOException, InterruptedException {
        return alone(contenders, starts, WARM, PAUSE_NANOS);
    }

    private static List<Measured> alone(List<Contender> contenders, int starts, int warm, long pause)
            throws IOException, InterruptedException {
        List<Measured> measured = new ArrayList<>();
        for (Contender contender : contenders) {
            long begin = System.nanoTime();
            List<Measured> some = rounds(List.of(contender), Math.max(starts / 10, 1), pause);
            boolean slow = System.nanoTime() - begin > SLOW_NANOS * starts / 10;
            if (!slow) {
                rounds(List.of(contender), warm * starts, pause);
            }
            measured.addAll(slow ? some : rounds(List.of(contender), starts, pause));
            Thread.sleep(200);
        }
        return measured;
    }

    private static List<Measured> rounds(List<Contender> contenders, int count, long pause)
            throws IOException, InterruptedException {
        List<LongStream.Builder> nanos = new ArrayList<>();
        contenders.forEach(c -> nanos.add(LongStream.builder()));
        long[] last = new long[contenders.size()];
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, last.length).boxed().toList());
        Random random = new Random(count);
        for (int round = 0; round < count; round++) {
            Collections.shuffle(order, random);
            for (int i : order) {
                // One that takes much longer than others takes part in every tenth round.
                if (last[i] > SLOW_NANOS && round % 10 != 0) {
                    continue;
                }
                long begin = System.nanoTime();
                int code = contenders.get(i).start().run();
                last[i] = System.nanoTime() - begin;
                nanos.get(i).add(last[i]);
                if (code != 0) {
                    throw new IOException(contenders.get(i).name() + " ended with " + code);
                }
                TimeUnit.NANOSECONDS.sleep(pause);
            }
        }
        List<Measured> measured = new ArrayList<>();
        for (int i = 0; i < last.length; i++) {
            measured.add(new Measured(contenders.get(i), nanos.get(i).build().toArray()));
        }
        return measured;
    }
}
