package dev.sandjar.internal.engine;

import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what a program reads to its standard input. */
final class Feeding {
    private static final Logger LOG = LoggerFactory.getLogger(Feeding.class);
    private static final int BUFFER = 64 * 1024;

    private final Consumer<IOException> failed;

    /** @param failed ends the program */
    Feeding(Consumer<IOException> failed) {
        this.failed = failed;
    }

    /** @param input null for nothing */
    void begin(OutputStream stream, @Nullable InputStream input) throws IOException {
        if (input == null) {
            stream.close();
            return;
        }
        IoThreads.background(() -> {
            try (input;
                    stream) {
                copy(input, stream);
            } catch (IOException e) {
                // A program may end without reading its input, as "head" does: that is no failure.
                LOG.debug("A program has not read all of its input", e);
            }
        });
    }

    private void copy(InputStream input, OutputStream stream) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int read = read(input, buffer); read >= 0; read = read(input, buffer)) {
            stream.write(buffer, 0, read);
            stream.flush();
        }
    }

    /** What keeps it from being read is the caller's to know: its program has read what looks like all. */
    @SuppressWarnings("CatchingUnchecked") // the stream is anybody's code
    private int read(InputStream input, byte[] buffer) {
        try {
            return input.read(buffer);
        } catch (Exception | Error e) {
            failed.accept(new IOException("reading the input of the program failed", e));
            return -1;
        }
    }
}
