package dev.sandjar.internal.probe;

import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import org.jspecify.annotations.Nullable;

/**
 * How a trial went.
 *
 * @param refused whether the host can't, rather than that something else went wrong
 * @param detail what was done; may be empty
 * @param reason why it failed, empty if it didn't
 * @param remedy what helps; may be empty, also of a success
 */
public record Outcome(
        String name,
        @Nullable Isolation isolation,
        boolean available,
        boolean refused,
        String detail,
        String reason,
        String remedy) {
    static Outcome works(String name, String detail) {
        return new Outcome(name, null, true, false, detail, "", "");
    }

    static Outcome fails(String name, String detail, String reason, String remedy) {
        return new Outcome(name, null, false, true, detail, reason, remedy);
    }

    /** From the exception, whatever it is: a trial that can't be made has not succeeded. */
    static Outcome fails(String name, @Nullable Isolation isolation, Throwable failure) {
        if (failure instanceof SandboxException e) {
            String what = e.systemCall()
                    .map(call -> e.step() + ": " + call + (e.errno() == 0 ? "" : ", " + e.errnoName()))
                    .orElse(e.step());
            boolean refused = e instanceof UnsupportedIsolationException;
            return new Outcome(
                    name, isolation, false, refused, what, e.reason().isEmpty() ? what : e.reason(), e.remedy());
        }
        return new Outcome(name, isolation, false, false, "", String.valueOf(failure), "");
    }

    Outcome withRemedy(String text) {
        return new Outcome(name, isolation, available, refused, detail, reason, text);
    }
}
