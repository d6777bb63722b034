package dev.sandjar.image;

import dev.sandjar.ImageException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Zstandard by aircompressor, which has no module name: a module that requires it would depend on the name of a file. So it is read
 * where it is, on the class path or, by {@code --add-modules aircompressor}, as a module.
 */
final class Zstd extends InputStream {
    private final InputStream in;
    private final String subject;

    private Zstd(InputStream in, String subject) {
        this.in = in;
        this.subject = subject;
    }

    static InputStream stream(InputStream in, String subject) throws ImageException {
        try {
            Module self = Zstd.class.getModule();
            if (self.isNamed()) {
                Zstd.class.getModule().addReads(self.getClassLoader().getUnnamedModule());
                ModuleLayer.boot()
                        .findModule("aircompressor")
                        .ifPresent(module -> Zstd.class.getModule().addReads(module));
            }
            return new Zstd(new ZstdInputStream(in), subject);
        } catch (NoClassDefFoundError e) {
            ImageException failure = new ImageException(
                    subject,
                    "it is compressed by zstd, and io.airlift:aircompressor is not there",
                    "add that artifact to the class path, or to the module path with --add-modules aircompressor");
            failure.initCause(e);
            throw failure;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return in.read(bytes, offset, length);
        } catch (RuntimeException e) { // how the decoder tells malformed frames
            ImageException failure = new ImageException(subject, "its zstd data is malformed: " + e.getMessage(), "");
            failure.initCause(e);
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
