package dev.sandjar.internal.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What a Process gives for a stream that was redirected elsewhere, as ProcessBuilder documents it. */
final class NullStreams {
    private NullStreams() {}

    static InputStream input() {
        return InputStream.nullInputStream();
    }

    /** Every write fails. */
    static OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("standard input is redirected");
            }
        };
    }
}
