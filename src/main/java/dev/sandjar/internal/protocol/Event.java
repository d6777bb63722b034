package dev.sandjar.internal.protocol;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the launcher says: the bodies of protocol.h. */
public sealed interface Event {
    /** The launcher's answer to the greeting. */
    record Hello(int wireVersion, int pid, String version, int features) implements Event {}

    /** A program is running; {@code pid} is 0 for a probe. */
    record Started(int pid, int supervisor, int pidInside, long setupNanos, List<Step> steps) implements Event {
        private static final int IN_EXEC = 9;

        /** The same process, whose program took so long to execute. */
        public Started executedIn(long nanos) {
            return new Started(pid, supervisor, pidInside, nanos, List.of(new Step(IN_EXEC, 0, 0, nanos, false)));
        }
    }

    /** One step of a set-up. */
    record Step(int section, int opcode, int index, long nanos, boolean absent) {
        /** SJ_STEP_ABSENT of protocol.h. */
        static final int ABSENT = 0x8000;
    }

    /** A start has failed. */
    record Failed(StartFailure failure) implements Event {}

    /**
     * A process has ended.
     *
     * @param status its exit code or its signal
     * @param network /proc/net/dev as it was at the end, empty if nobody asked for it
     * @param why what the launcher has ended it for, WHY_*
     * @param texts contents of the files that the plan names, in its order
     */
    record Exited(int how, int status, long wallNanos, Usage usage, String network, int why, List<String> texts)
            implements Event {
        public static final int BY_EXIT = 1;
        public static final int BY_SIGNAL = 2;
        public static final int BY_SIGNAL_CORE = 3;
        public static final int BY_LOSS = 4;
        public static final int WHY_NOT = 0;
        public static final int WHY_ASKED = 1;
        public static final int WHY_TIMEOUT = 2;
        public static final int WHY_CPU_TIME = 3;
        public static final int WHY_OUTPUT = 4;
        public static final int WHY_OOM = 5;
        private static final int CODE_MAX = 255;
        private static final int SIGNAL_MAX = 64;

        public static Exited lost() {
            return unseen(WHY_NOT);
        }

        /** Of a program that has ended with its launcher, which the host has ended. */
        public static Exited asked() {
            return unseen(WHY_ASKED);
        }

        /** Of a program that the launcher has ended before it heard of it. */
        public static Exited outOfMemory() {
            return unseen(WHY_OOM);
        }

        private static Exited unseen(int why) {
            return new Exited(BY_LOSS, 0, 0, new Usage(0, 0, 0, 0, 0, 0, 0, 0, 0), "", why, List.of());
        }

        private boolean isPossible() {
            return why >= WHY_NOT && why <= WHY_OOM && isPossibleEnd();
        }

        private boolean isPossibleEnd() {
            return switch (how) {
                case BY_EXIT -> status >= 0 && status <= CODE_MAX;
                case BY_SIGNAL, BY_SIGNAL_CORE -> status >= 1 && status <= SIGNAL_MAX;
                default -> how == BY_LOSS;
            };
        }
    }

    /** What {@code getrusage(2)} gives. */
    record Usage(
            long userMicros,
            long systemMicros,
            long peakKibibytes,
            long minorFaults,
            long majorFaults,
            long blocksRead,
            long blocksWritten,
            long voluntarySwitches,
            long involuntarySwitches) {}

    /** A file that is watched has changed, or can't be watched. */
    record Notice(int number, int errno, String content) implements Event {}

    /** Where the filter of a program asks about calls; the descriptor comes along. */
    record Listens() implements Event {}

    /** Where sockets of the sandbox's network come from; the descriptor comes along. */
    record Channel() implements Event {}

    /** Everything but the program is there; {@code program} is its process, if that is there too. */
    record Ready(@Nullable Started program) implements Event {}

    /** The set-up waits for the request to continue. */
    record Paused(int number, int supervisor) implements Event {}

    /** Starts can be left to a template. */
    record TemplateReady() implements Event {}

    /**
     * A template has ended although nobody has asked for that, or was never made.
     *
     * @param begun whether there was a process
     */
    record TemplateEnded(boolean begun) implements Event {}

    /** The answer to a ping. */
    record Pong() implements Event {}

    /** Loads the classes of what the launcher says: when it comes there may be no descriptor left to open their files. */
    static void load() {
        List<Class<?>> kinds = new ArrayList<>(List.of(Event.class.getPermittedSubclasses()));
        kinds.addAll(List.of(Step.class, Usage.class, StartFailure.class));
        for (Class<?> kind : kinds) {
            try {
                MethodHandles.lookup().ensureInitialized(kind);
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Reads the body that follows {@code frame}, to its end. */
    static Event read(Frame frame, WireReader in) {
        Event event =
                switch (frame.type()) {
                    case Frame.HELLO_OK -> new Hello(in.i32(), in.i32(), in.str(), in.i32());
                    case Frame.STARTED -> started(in);
                    case Frame.FAILED ->
                        new Failed(
                                new StartFailure(in.u16(), in.u16(), in.i32(), in.i32(), in.i64(), in.str(), in.str()));
                    case Frame.EXITED -> exited(in);
                    case Frame.PONG -> new Pong();
                    case Frame.LISTENER -> new Listens();
                    case Frame.CHANNEL -> new Channel();
                    case Frame.READY -> new Ready(frame.length() == 0 ? null : started(in));
                    case Frame.PAUSED -> new Paused(in.i32(), in.pid());
                    case Frame.TEMPLATE_READY -> new TemplateReady();
                    case Frame.TEMPLATE_ENDED -> new TemplateEnded(in.i32() != 0);
                    case Frame.EVENT -> new Notice(in.i32(), in.i32(), in.str());
                    default -> throw new ProtocolException("unknown message type " + frame.type());
                };
        in.end();
        return event;
    }

    private static Started started(WireReader in) {
        int pid = in.pid();
        int supervisor = in.pid();
        int inside = in.pid();
        long setup = in.nanos();
        int n = in.count(16);
        List<Step> steps = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            int section = in.u16();
            int opcode = in.u16();
            boolean absent = (opcode & Step.ABSENT) != 0;
            steps.add(new Step(section, opcode & ~Step.ABSENT, in.i32(), in.nanos(), absent));
        }
        return new Started(pid, supervisor, inside, setup, List.copyOf(steps));
    }

    private static List<String> texts(WireReader in) {
        int n = in.count(5);
        List<String> texts = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            texts.add(in.str());
        }
        return List.copyOf(texts);
    }

    private static Exited exited(WireReader in) {
        int how = in.i32();
        int status = in.i32();
        long wall = in.nanos();
        Usage usage = new Usage(
                in.amount(),
                in.amount(),
                in.amount(),
                in.amount(),
                in.amount(),
                in.amount(),
                in.amount(),
                in.amount(),
                in.amount());
        Exited exited = new Exited(how, status, wall, usage, in.str(), in.i32(), texts(in));
        if (!exited.isPossible()) {
            throw new ProtocolException("an end of kind " + how + " with status " + status);
        }
        return exited;
    }
}
