package dev.sandjar.launcher;

import java.util.concurrent.CompletableFuture;

/** One process that was asked for, as the connection knows it: first its start is answered, then its end. */
final class Run {
    final long id;
    /** The event Started or Failed, with the pty master's descriptor or -1. */
    final CompletableFuture<Answer> answer = new CompletableFuture<>();
    /** Completed by the reader thread: nothing that a user wrote may depend on it directly. */
    final CompletableFuture<Event.Exited> end = new CompletableFuture<>();
    Run(long id) {
        this.id = id;
    }

    /** What came of the start. */
    record Answer(Event event, int master) {}
}
