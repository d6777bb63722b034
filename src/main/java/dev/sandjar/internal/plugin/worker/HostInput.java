package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A stream that the host reads on behalf of the plugin, piece by piece. */
final class HostInput extends InputStream {
    private final Worker worker;
    private final int handle;
    private byte[] piece = {};
    private int at;
    private boolean ended;

    HostInput(Worker worker, int handle) {
        this.worker = worker;
        this.handle = handle;
    }

    private synchronized boolean fill() throws IOException {
        while (at == piece.length && !ended) {
            Encoder message = new Encoder(worker.link().limits());
            message.i32(handle);
            Decoder answer = HostOutput.ask(worker, message, Frame.STREAM_READ);
            piece = answer.bytes();
            at = 0;
            ended = piece.length == 0;
        }
        return !ended;
    }

    @Override
    public synchronized int read() throws IOException {
        return fill() ? piece[at++] & 0xff : -1;
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = Math.min(length, piece.length - at);
        System.arraycopy(piece, at, buffer, offset, n);
        at += n;
        return n;
    }

    @Override
    public synchronized int available() {
        return piece.length - at;
    }
}
