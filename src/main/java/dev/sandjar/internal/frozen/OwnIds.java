package dev.sandjar.internal.frozen;

import dev.sandjar.internal.plan.Plan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the body of a plan has numbers that follow from the first host id of a run. They are found by encoding it for several runs: all
 * numbers have ten digits, so that one can be written in the place of another.
 *
 * @param body for some run
 * @param places in the body, each with what its number is above that of the first id
 */
@SuppressWarnings("ArrayRecordComponent") // made to be written
record OwnIds(byte[] body, List<Place> places) {
    /** The lowest first id of a run: all from here on have as many digits. */
    static final long LOWEST = 1_000_000_000L;

    private static final int DIGITS = 10;
    /** No two have a digit in common at one place, so that each digit of a number that follows is seen to differ at some of them. */
    private static final long[] RUNS = {1_012_345_678L, 1_123_456_789L, 1_234_567_890L};

    record Place(int offset, long distance) {}

    /** @throws IllegalArgumentException if something else differs from one start to another */
    static OwnIds of(Plan plan) {
        byte[][] bodies = Arrays.stream(RUNS).mapToObj(run -> body(plan, run)).toArray(byte[][]::new);
        OwnIds found = new OwnIds(bodies[0], plan.dependsOnBase() ? find(bodies[0], bodies[1]) : List.of());
        for (int i = 0; i < RUNS.length; i++) {
            if (!Arrays.equals(found.at(RUNS[i]), bodies[i]) || !Arrays.equals(bodies[i], body(plan, RUNS[i]))) {
                throw new IllegalArgumentException("each start of it differs from the last");
            }
        }
        return found;
    }

    private static byte[] body(Plan plan, long base) {
        return plan.encoded(base, "", "");
    }

    private static List<Place> find(byte[] one, byte[] other) {
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < one.length && one.length == other.length; i++) {
            if (one[i] == other[i]) {
                continue;
            }
            int begin = i;
            while (begin > 0 && isDigit(one[begin - 1])) {
                begin--;
            }
            if (begin + DIGITS > one.length) {
                break; // no number of ids, which the comparison shows
            }
            places.add(new Place(begin, number(one, begin) - RUNS[0]));
            i = begin + DIGITS - 1;
        }
        return places;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static long number(byte[] body, int at) {
        long number = 0;
        for (int i = at; i < at + DIGITS; i++) {
            number = isDigit(body[i]) ? number * 10 + body[i] - '0' : -1;
        }
        return number;
    }

    /** The body for a run whose ids begin there. */
    private byte[] at(long base) {
        byte[] own = body.clone();
        for (Place place : places) {
            long value = base + place.distance();
            for (int i = place.offset() + DIGITS - 1; i >= place.offset(); i--) {
                own[i] = (byte) ('0' + value % 10);
                value /= 10;
            }
        }
        return own;
    }
}
