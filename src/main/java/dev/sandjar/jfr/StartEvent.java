package dev.sandjar.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A program has begun in a sandbox; the event lasts from the call to the program. */
@Name("dev.sandjar.SandboxStart")
@Label("Sandbox Start")
@Category("Sandjar")
@Description("From the call that starts a program in a sandbox until it executes")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class StartEvent extends Event {
    @Label("Process Id")
    private long pid;

    @Label("Program")
    private String program = "";

    /** To be called before the start. */
    public static StartEvent ready() {
        StartEvent event = new StartEvent();
        event.begin();
        return event;
    }

    /** To be called after it. */
    public void started(long process, String name) {
        if (shouldCommit()) {
            pid = process;
            program = name;
            commit();
        }
    }
}
