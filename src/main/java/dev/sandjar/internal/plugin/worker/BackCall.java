package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A call of the host that waits for its answer. */
final class BackCall {
    private boolean done;
    private boolean failed;
    private byte[] body = {};

    synchronized void complete(Link link) {
        failed = link.type == Frame.BACK_THROW;
        body = new byte[link.body.remaining()];
        link.body.get(body);
        done = true;
        notifyAll();
    }

    synchronized boolean isDone() {
        return done;
    }

    synchronized void await() {
        boolean interrupted = false;
        while (!done) {
            try {
                wait();
            } catch (InterruptedException e) {
                // A cancelled call gets an answer from the host, too.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The result; null if the host has thrown: then {@link #failure} says what. */
    synchronized @Nullable Decoder result(Worker worker) {
        return failed ? null : new Decoder(ByteBuffer.wrap(body), worker.link().limits());
    }

    synchronized Decoder failure(Worker worker) {
        return new Decoder(ByteBuffer.wrap(body), worker.link().limits());
    }
}
