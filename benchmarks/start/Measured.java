import java.util.Arrays;

/** The times of one way to start a program. */
record Measured(Contender contender, long[] sortedNanos) {
    Measured {
        sortedNanos = sortedNanos.clone();
        Arrays.sort(sortedNanos);
    }

    /** Milliseconds that this part of all starts stayed below. */
    double quantile(double part) {
        int index = (int) Math.ceil(part * sortedNanos.length) - 1;
        return sortedNanos[Math.max(0, index)] / 1e6;
    }

    double median() {
        return quantile(0.5);
    }

    String name() {
        return contender.name();
    }
}
