package dev.sandjar.internal.jfr;

import dev.sandjar.SandboxEvent;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A limit of a sandbox has had an effect. */
@Name("dev.sandjar.SandboxLimit")
@Label("Sandbox Limit")
@Category("Sandjar")
@Description("A limit of a sandbox has had an effect")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class LimitEvent extends Event {
    @Label("Process Id")
    @Description("Of the main process on the host")
    private long pid;

    @Label("Sandbox")
    @Description("Its name, see SandboxBuilder.name; empty if it has none")
    private String sandbox = "";

    @Label("Kind")
    @Description("Which limit: a constant of dev.sandjar.SandboxEvent.Kind")
    private String kind = "";

    @Label("Count")
    @Description("How often since the last event of this kind")
    private long count;

    private LimitEvent() {}

    /** Whether somebody records these, so that sandboxes have to be watched. */
    static boolean isWanted() {
        return new LimitEvent().isEnabled();
    }

    static void tell(long process, String of, SandboxEvent.Kind what, long times) {
        LimitEvent event = new LimitEvent();
        event.pid = process;
        event.sandbox = of;
        event.kind = what.name();
        event.count = times;
        event.commit();
    }
}
