package dev.sandjar.launcher;

import dev.sandjar.internal.Nullable;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** The host's ends of a process's streams. */
record HostStreams(
        OutputStream stdin,
        InputStream stdout,
        InputStream stderr,
        Map<String, InputStream> inputs,
        Map<String, OutputStream> outputs,
        @Nullable PolledFd terminal) {
    /** Buffered as the JDK's own processes have it. */
    static InputStream buffered(InputStream stream) {
        return new BufferedInputStream(stream);
    }

    static OutputStream buffered(OutputStream stream) {
        return new BufferedOutputStream(stream);
    }

    void close() {
        quietly(stdin);
        quietly(stdout);
        quietly(stderr);
        inputs.values().forEach(HostStreams::quietly);
        outputs.values().forEach(HostStreams::quietly);
        if (terminal != null) {
            terminal.close();
        }
    }

    /** Closing flushes, and flushing into a pipe that nobody reads any more fails: there is no one left to care. */
    private static void quietly(Closeable stream) {
        try {
            stream.close();
        } catch (IOException e) {
            return;
        }
    }
}
