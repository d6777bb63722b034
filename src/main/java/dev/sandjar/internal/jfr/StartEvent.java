package dev.sandjar.internal.jfr;

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
public final class StartEvent extends Event implements Events.Start {
    @Label("Process Id")
    @Description("Of the main process on the host; 0 if it could not be started")
    private long pid;

    @Label("Sandbox")
    @Description("Its name, see SandboxBuilder.name; empty if it has none")
    private String sandbox = "";

    @Label("Program")
    @Description("As the command names it")
    private String program = "";

    @Label("Failure")
    @Description("Why the program could not be started: the step, the call, the error; empty if it was")
    private String failure = "";

    static StartEvent ready(String of) {
        StartEvent event = new StartEvent();
        event.sandbox = of;
        event.begin();
        return event;
    }

    @Override
    public void started(long process, String name) {
        if (shouldCommit()) {
            pid = process;
            program = name;
            commit();
        }
    }

    @Override
    public void failed(String name, String reason) {
        if (shouldCommit()) {
            program = name;
            failure = reason;
            commit();
        }
    }
}
