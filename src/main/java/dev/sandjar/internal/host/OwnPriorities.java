package dev.sandjar.internal.host;

import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * How this process, and so the launcher, ranks among others. What can't be read is not known, and the kernel has the last word.
 *
 * @param nice of {@code setpriority(2)}
 * @param oomScoreAdj of {@code /proc/PID/oom_score_adj}
 */
public record OwnPriorities(OptionalInt nice, OptionalInt oomScoreAdj) {
    /** The field of {@code /proc/PID/stat}, counted after the name of the program, which may hold blanks. */
    private static final int NICE = 16;

    /** As they are now. */
    public static OwnPriorities ofThisProcess() {
        return new OwnPriorities(number("/proc/self/stat", NICE), number("/proc/self/oom_score_adj", 0));
    }

    private static OptionalInt number(String file, int field) {
        try {
            String text = BoundedReads.text(Path.of(file)).strip();
            String[] fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
            return OptionalInt.of(Integer.parseInt(fields[field]));
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }
}
