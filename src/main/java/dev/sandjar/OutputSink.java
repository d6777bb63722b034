package dev.sandjar;

import dev.sandjar.internal.util.FlushedOutput;
import dev.sandjar.internal.util.LineOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Where a run hands over output while the program writes it, see {@link Command#stdout(OutputSink)}. Calls come one at a time, on a thread
 * of Sandjar's. A program that writes faster than its sink takes waits, as at any full pipe.
 */
@FunctionalInterface
public interface OutputSink {
    /**
     * Opens the sink, once for each run.
     *
     * @return what is written to as output comes, and closed at its end, also where the run fails
     * @throws IOException if it can't be opened; the sandbox is then killed, and the run fails
     */
    OutputStream open() throws IOException;

    /**
     * A sink of lines. A line ends with a line feed, a carriage return or both, which it is given without; what the program has written
     * after the last one is a line too. A program may write lines without end: after 65,536 bytes, and the character at that place, the
     * rest is given as a further line.
     *
     * @param consumer receives each line, decoded as UTF-8, with U+FFFD for what isn't
     * @return the sink, for any number of runs
     */
    static OutputSink lines(Consumer<? super String> consumer) {
        Objects.requireNonNull(consumer, "consumer");
        return () -> new LineOutput(line -> consumer.accept(new String(line, StandardCharsets.UTF_8)));
    }

    /**
     * A sink that copies to a stream, which is flushed after each piece and not closed.
     *
     * @param stream receives the bytes; one that two sinks have must be thread-safe
     * @return the sink
     */
    static OutputSink to(OutputStream stream) {
        Objects.requireNonNull(stream, "stream");
        return () -> new FlushedOutput(stream);
    }
}
