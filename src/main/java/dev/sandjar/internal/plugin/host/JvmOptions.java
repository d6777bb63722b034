package dev.sandjar.internal.plugin.host;

import dev.sandjar.DataSize;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options of a worker's virtual machine, each with its reason. */
final class JvmOptions {
    /** What a virtual machine takes besides its heap: classes, code, threads, the archive, files in /tmp. */
    private static final long OTHER = DataSize.mebibytes(192).toBytes();

    private JvmOptions() {}

    static List<String> of(JavaSettings settings, int release) {
        List<String> options = new ArrayList<>(List.of(
                // One thread collects: quickest to start, least memory, and a sandbox often has one processor.
                "-XX:+UseSerialGC",
                // The quick compiler alone: a plugin begins to be fast sooner, and less code is kept.
                "-XX:TieredStopAtLevel=1",
                "-XX:CICompilerCount=1",
                // No memory-mapped file in /tmp that other virtual machines could meddle with.
                "-XX:-UsePerfData",
                // No socket in /tmp by which processes of the same user could load code.
                "-XX:+DisableAttachMechanism",
                // After that nothing can be relied on, and a fresh worker is cheap.
                "-XX:+ExitOnOutOfMemoryError",
                // A crash stands in the report; its file would be lost with the sandbox.
                "-XX:+ErrorFileToStderr",
                "-XX:-CreateCoredumpOnCrash",
                // SIGQUIT prints the heap, too: heapHistogram().
                "-XX:+PrintClassHistogram",
                // Use the archive if it fits, go without if it doesn't.
                "-Xshare:auto",
                // Warnings about an archive would be taken for the plugin's own output.
                "-Xlog:disable",
                "-Dfile.encoding=UTF-8",
                // The streams are pipes: what is written arrives at once, and as UTF-8.
                "-Dstdout.encoding=UTF-8",
                "-Dstderr.encoding=UTF-8"));
        if (release >= 18) {
            // Methods are called by native code, which is there at once; method handles take 10 ms to come to life.
            options.add("-Djdk.reflect.useNativeAccessorOnly=true");
        }
        options.add(heap(settings.heap(), settings.memory()));
        options.addAll(settings.options());
        return options;
    }

    /** A heap that meets its own limit first: OutOfMemoryError is a better end than being killed. */
    private static String heap(@Nullable DataSize heap, @Nullable DataSize memory) {
        if (heap != null) {
            return "-Xmx" + heap.toBytes();
        }
        if (memory == null) {
            return "-XX:MaxRAMPercentage=50";
        }
        return "-Xmx" + Math.max(memory.toBytes() / 2, memory.toBytes() - OTHER);
    }

    /** 17 of "17.0.15". */
    static int release(String version) {
        String digits = version.replaceFirst("[^0-9].*", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }
}
