package dev.sandjar.internal.stdio;

import dev.sandjar.SandboxException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The host's ends of a process's streams. */
public record HostStreams(
        OutputStream stdin,
        InputStream stdout,
        InputStream stderr,
        Map<String, InputStream> inputs,
        Map<String, OutputStream> outputs,
        Pipes pipes,
        @Nullable PolledFd terminal,
        @Nullable LimitedOutputs limited) {
    /** What of the streams ends in pipes, below all buffers. */
    record Pipes(List<PipeInput> readers, List<PipeOutput> writers) {}

    /**
     * To be called when all processes have ended: takes what is left to read into memory, and gives descriptors back that nobody needs
     * any more, as the JDK's own processes do. What nobody closes would else be kept until it is collected.
     */
    public void takeRest() {
        pipes.readers().forEach(PipeInput::takeRest);
        pipes.writers().forEach(PipeOutput::readerIsGone);
        if (terminal != null) {
            terminal.takeRest();
        }
    }

    /** Buffered as the JDK's own processes have it. */
    static InputStream buffered(InputStream stream) {
        return new BufferedInputStream(stream);
    }

    static OutputStream buffered(OutputStream stream) {
        return new BufferedOutputStream(stream);
    }

    /**
     * To be called when the program has ended: completes, never exceptionally, when what it wrote has reached its files and its
     * {@link OutputLimit} knows whether it was too much; with what has kept some of it from being written, if anything has.
     */
    public CompletableFuture<Optional<SandboxException>> pumped() {
        return limited == null ? CompletableFuture.completedFuture(Optional.empty()) : limited.settle();
    }

    public void close() {
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
