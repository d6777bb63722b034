package dev.sandjar;

/**
 * The thread was interrupted while {@link Sandbox#run(Command)} waited for a program, which was killed then. It has what the program had
 * written by then.
 */
public final class CommandInterruptedException extends InterruptedException {
    private static final long serialVersionUID = 1L;

    /** Not carried along when serialized: it is there for whoever catches the exception. */
    private final transient RunResult result;

    CommandInterruptedException(RunResult result) {
        super("interrupted while " + result.command() + " ran; it ended "
                + result.report().ending());
        this.result = result;
    }

    /**
     * What the program wrote and how it ended.
     *
     * @return the result, mostly with verdict {@link Verdict#DESTROYED}
     */
    public RunResult result() {
        return result;
    }
}
