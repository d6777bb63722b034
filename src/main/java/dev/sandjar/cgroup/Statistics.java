package dev.sandjar.cgroup;

import dev.sandjar.internal.Nullable;
import java.util.List;
import java.util.Map;

/** Reads what groups say, during a run and at its end alike. */
public final class Statistics {
    private Statistics() {}

    /** The text of a file of the group in a hierarchy. */
    @FunctionalInterface
    public interface Texts {
        /** Null if the file isn't there or was not read. */
        @Nullable
        String get(int hierarchy, String file);
    }

    /** Never throws for what the texts hold: what makes no sense is not told. */
    public static GroupUsage parse(Layout layout, Texts texts) {
        return new GroupUsage(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, List.of(),
                Map.of(), null, null, null, null, null);
    }
}
