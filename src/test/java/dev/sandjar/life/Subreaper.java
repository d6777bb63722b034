package dev.sandjar.life;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes this JVM the parent of all orphans below it ({@code prctl(2)}), so that none can hide from a test. */
final class Subreaper {
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int WNOHANG = 1;

    private Subreaper() {}

    static void set(boolean on) {
        int result = Function.getFunction("c", "prctl")
                .invokeInt(new Object[] {PR_SET_CHILD_SUBREAPER, on ? 1L : 0L, 0L, 0L, 0L});
        if (result != 0) {
            throw new AssertionError("PR_SET_CHILD_SUBREAPER failed");
        }
    }

    /** Living processes below this JVM but for these and what is below them; dead orphans are waited for on the way. */
    static List<String> strangers(Set<Long> known) {
        return ProcessHandle.current()
                .children()
                .filter(child -> !known.contains(child.pid()))
                .filter(child -> !reaped(child.pid()))
                .flatMap(
                        child -> java.util.stream.Stream.concat(java.util.stream.Stream.of(child), child.descendants()))
                .map(process -> process.pid() + " " + status(process.pid()))
                .collect(Collectors.toList());
    }

    private static boolean reaped(long pid) {
        try (Memory status = new Memory(4)) {
            return Function.getFunction("c", "waitpid").invokeInt(new Object[] {(int) pid, status, WNOHANG})
                    == (int) pid;
        }
    }

    private static String status(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "gone";
        }
    }
}
