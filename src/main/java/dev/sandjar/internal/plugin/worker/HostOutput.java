package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

/** A stream that the host writes on behalf of the plugin. Closing it does not close the host's. */
final class HostOutput extends OutputStream {
    private final Worker worker;
    private final int handle;

    HostOutput(Worker worker, int handle) {
        this.worker = worker;
        this.handle = handle;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        for (int done = 0; done < length; ) {
            int n = Math.min(length - done, Frame.STREAM_CHUNK);
            Encoder message = new Encoder(worker.link().limits());
            message.i32(handle);
            message.bytes(Arrays.copyOfRange(buffer, offset + done, offset + done + n));
            ask(worker, message, Frame.STREAM_WRITE);
            done += n;
        }
    }

    @Override
    public void flush() throws IOException {
        Encoder message = new Encoder(worker.link().limits());
        message.i32(handle);
        ask(worker, message, Frame.STREAM_FLUSH);
    }

    @Override
    public void close() throws IOException {
        flush();
    }

    static Decoder ask(Worker worker, Encoder message, int what) throws IOException {
        BackCall back = new BackCall();
        worker.callBack(back, message, what);
        Decoder answer = back.result(worker);
        if (answer == null) {
            throw new IOException("the host could not read or write, or has ended the call");
        }
        return answer;
    }
}
