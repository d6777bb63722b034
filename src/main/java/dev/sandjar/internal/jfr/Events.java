package dev.sandjar.internal.jfr;

import dev.sandjar.ExitReport;
import dev.sandjar.SandboxEvent;

/** The events, on runtimes that have the module jdk.jfr; on others there is nobody who could record them. */
public final class Events {
    private static final boolean PRESENT = isPresent();

    /** A start that nobody records. */
    private static final Start UNSEEN = new Start() {
        @Override
        public void started(long process, String name) {}

        @Override
        public void failed(String name, String reason) {}
    };

    private Events() {}

    /** A start that has begun. */
    public interface Start {
        /** To be called after it. */
        void started(long process, String name);

        /** To be called instead, if there is no program. */
        void failed(String name, String reason);
    }

    private static boolean isPresent() {
        try {
            Class.forName("jdk.jfr.Event", false, Events.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** To be called before the start of a program in the sandbox of this name. */
    public static Start start(String of) {
        return PRESENT ? StartEvent.ready(of) : UNSEEN;
    }

    /** A program has ended. */
    public static void exit(long process, String of, String name, ExitReport report) {
        if (PRESENT) {
            ExitEvent.tell(process, of, name, report);
        }
    }

    /** Whether somebody records effects of limits, so that sandboxes have to be watched. */
    public static boolean wantsLimits() {
        return PRESENT && LimitEvent.isWanted();
    }

    /** A limit has had an effect. */
    public static void limit(long process, String of, SandboxEvent.Kind what, long times) {
        if (PRESENT) {
            LimitEvent.tell(process, of, what, times);
        }
    }
}
