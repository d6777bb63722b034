package dev.sandjar.launcher;

import dev.sandjar.plan.StartFailure;
import java.util.concurrent.CompletableFuture;

/** One process that was asked for, as the connection knows it: first its start is answered, then its end. */
final class Run {
    final long id;
    final CompletableFuture<Answer> answer = new CompletableFuture<>();
    /** Completed by the reader thread: nothing that a user wrote may depend on it directly. */
    final CompletableFuture<Event.Exited> end = new CompletableFuture<>();

    private volatile int supervisor;

    Run(long id) {
        this.id = id;
    }

    /** What came of a start. */
    sealed interface Answer {}

    /** @param master the terminal, or -1; the receiver's to close */
    record Running(Event.Started event, int master) implements Answer {}

    record Refused(StartFailure failure) implements Answer {}

    /** The launcher died before it could tell. */
    record Unknown() implements Answer {}

    /** False for an answer that comes too late. */
    boolean started(Event.Started event, int master) {
        supervisor = event.supervisor();
        return answer.complete(new Running(event, master));
    }

    void failed(StartFailure failure) {
        answer.complete(new Refused(failure));
    }

    void exited(Event.Exited event) {
        answer.complete(new Unknown());
        end.complete(event);
    }

    void lost() {
        answer.complete(new Unknown());
        end.complete(Event.Exited.lost());
    }

    /** Process id of the process that holds the sandbox together, 0 while unknown. */
    int supervisor() {
        return supervisor;
    }
}
