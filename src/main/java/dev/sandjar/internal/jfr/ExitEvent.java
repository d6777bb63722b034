package dev.sandjar.internal.jfr;

import dev.sandjar.ExitReport;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A program in a sandbox has ended. */
@Name("dev.sandjar.SandboxExit")
@Label("Sandbox Exit")
@Category("Sandjar")
@Description("The end of a program in a sandbox, with what it has used")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class ExitEvent extends Event {
    @Label("Process Id")
    @Description("Of the main process on the host")
    private long pid;

    @Label("Sandbox")
    @Description("Its name, see SandboxBuilder.name; empty if it has none")
    private String sandbox = "";

    @Label("Program")
    @Description("As the command names it")
    private String program = "";

    @Label("Verdict")
    @Description("How it came to its end: a constant of dev.sandjar.Verdict")
    private String verdict = "";

    @Label("Exit Value")
    @Description("The exit code, 128 plus the signal, or -1 if neither is known")
    private int exitValue;

    @Label("CPU Time")
    @Description("Of all processes of the sandbox, user and system")
    @Timespan(Timespan.NANOSECONDS)
    private long cpuTime;

    @Label("Wall Time")
    @Description("From the start of the program to its end")
    @Timespan(Timespan.NANOSECONDS)
    private long wallTime;

    @Label("Peak Memory")
    @Description("Of the cgroup where there is one, else of the largest process")
    @DataAmount(DataAmount.BYTES)
    private long peakMemory;

    private ExitEvent() {}

    /** Costs next to nothing while nobody records. */
    static void tell(long process, String of, String name, ExitReport report) {
        ExitEvent event = new ExitEvent();
        if (event.isEnabled()) {
            event.pid = process;
            event.sandbox = of;
            event.program = name;
            event.verdict = report.verdict().name();
            event.exitValue = report.exitValue();
            event.cpuTime = report.usage().cpuTime().toNanos();
            event.wallTime = report.usage().wallTime().toNanos();
            event.peakMemory = report.usage().peakMemory().toBytes();
            event.commit();
        }
    }
}
