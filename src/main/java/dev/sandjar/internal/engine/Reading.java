package dev.sandjar.internal.engine;

import dev.sandjar.OutputSink;
import dev.sandjar.internal.GroundAccess.Captured;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Uninterruptibles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Reads one stream of a program to its end, keeps its beginning, and hands all of it to a sink. */
final class Reading {
    /** All of a process' writers are gone before its report is there, so that what is left to read is at most a pipe. */
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final String name;
    private final Consumer<IOException> failed;
    private final Capture capture;
    private final Optional<OutputSink> sink;
    private final CompletableFuture<Boolean> end = new CompletableFuture<>();

    /** @param failed ends the program */
    Reading(String name, Consumer<IOException> failed, Capture capture, Optional<OutputSink> sink) {
        this.name = name;
        this.failed = failed;
        this.capture = capture;
        this.sink = sink;
    }

    void begin(InputStream stream) {
        IoThreads.background(() -> {
            try {
                drain(stream);
            } finally {
                end.complete(true);
            }
        });
    }

    @SuppressWarnings("CatchingUnchecked") // a sink is anybody's code
    private void drain(InputStream stream) {
        try {
            capture.drain(stream, sink.isPresent() ? sink.get().open() : OutputStream.nullOutputStream());
        } catch (Capture.UnreadableException e) {
            failed.accept(new IOException("reading the output of the sandbox failed", e.getCause()));
        } catch (Exception | Error e) {
            failed.accept(new IOException("the sink of " + name + " failed", e));
        }
    }

    /** A sink may take its time. */
    void await() throws InterruptedException {
        try {
            if (sink.isPresent()) {
                end.get();
            } else {
                end.get(DRAIN.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (TimeoutException e) {
            // The content is then said to be no more than a beginning.
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of a stream never fails", e);
        }
    }

    /** As {@link #await}, when somebody wants to be off. */
    void giveUp() {
        Uninterruptibles.join(end, DRAIN);
    }

    Captured content() {
        Captured content = capture.content();
        return end.isDone() ? content : new Captured(content.bytes(), true);
    }
}
