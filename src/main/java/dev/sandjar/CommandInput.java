package dev.sandjar;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a run writes to standard input. */
interface CommandInput {
    InputStream open() throws IOException;

    /** A copy; empty if they are elsewhere. */
    default Optional<byte[]> bytes() {
        return Optional.empty();
    }

    static CommandInput of(Path file) {
        return () -> Files.newInputStream(file);
    }

    /** Whoever has the stream closes it. */
    static CommandInput of(InputStream stream) {
        return () -> new KeptOpen(stream);
    }

    static CommandInput of(byte[] given) {
        return new CommandInput() {
            @Override
            public InputStream open() {
                return new ByteArrayInputStream(given);
            }

            @Override
            public Optional<byte[]> bytes() {
                return Optional.of(given.clone());
            }
        };
    }

    /** A stream of somebody else's. */
    final class KeptOpen extends InputStream {
        private final InputStream stream;

        KeptOpen(InputStream stream) {
            this.stream = stream;
        }

        @Override
        public int read() throws IOException {
            return stream.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return stream.read(bytes, offset, length);
        }
    }
}
