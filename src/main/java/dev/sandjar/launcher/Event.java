package dev.sandjar.launcher;

import dev.sandjar.plan.StartFailure;
import java.util.ArrayList;
import java.util.List;

/** What the launcher says: the bodies of wire.h. */
sealed interface Event {
    /** The launcher's answer to the greeting. */
    record Hello(int wireVersion, int pid, String version, int features) implements Event {}

    /** A program is running. */
    record Started(int pid, int supervisor, int pidInside, long setupNanos, List<Step> steps) implements Event {}

    /** One step of a set-up. */
    record Step(int section, int opcode, int index, long nanos) {}

    /** A start has failed. */
    record Failed(StartFailure failure) implements Event {}

    /** A process has ended; {@code usage} as wire.h lists it. */
    record Exited(int how, int status, long wallNanos, List<Long> usage) implements Event {
        static final int BY_EXIT = 1;
        static final int BY_SIGNAL = 2;
        static final int BY_SIGNAL_CORE = 3;
        static final int BY_LOSS = 4;
        private static final int NUMBERS = 9;

        static Exited lost() {
            return new Exited(BY_LOSS, 0, 0, java.util.Collections.nCopies(NUMBERS, 0L));
        }
    }

    /** The answer to a ping. */
    record Pong() implements Event {}

    static Event read(Frame frame, WireReader in) {
        Event event =
                switch (frame.type()) {
                    case Frame.HELLO_OK -> new Hello(in.i32(), in.i32(), in.str(), in.i32());
                    case Frame.STARTED -> started(in);
                    case Frame.FAILED -> new Failed(
                            new StartFailure(in.u16(), in.u16(), in.i32(), in.i32(), in.i64(), in.str(), in.str()));
                    case Frame.EXITED -> exited(in);
                    case Frame.PONG -> new Pong();
                    default -> throw new ProtocolException("unknown message type " + frame.type());
                };
        in.end();
        return event;
    }

    private static Started started(WireReader in) {
        int pid = in.i32();
        int supervisor = in.i32();
        int inside = in.i32();
        long setup = in.i64();
        int n = in.count(16);
        List<Step> steps = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            steps.add(new Step(in.u16(), in.u16(), in.i32(), in.i64()));
        }
        return new Started(pid, supervisor, inside, setup, List.copyOf(steps));
    }

    private static Exited exited(WireReader in) {
        int how = in.i32();
        int status = in.i32();
        if (how < Exited.BY_EXIT || how > Exited.BY_LOSS || status < 0 || status > 255) {
            throw new ProtocolException("an end of kind " + how + " with status " + status);
        }
        long wall = in.i64();
        List<Long> usage = new ArrayList<>(Exited.NUMBERS);
        for (int i = 0; i < Exited.NUMBERS; i++) {
            usage.add(in.i64());
        }
        return new Exited(how, status, wall, List.copyOf(usage));
    }
}
