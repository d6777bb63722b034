package dev.sandjar.internal.image.zstd;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.sandjar.image.ImageException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The content of any number of frames one after another, those left out that are to be skipped, decoded by zstd-jni. Takes windows of up
 * to 128 MiB and no dictionaries. What is malformed is an {@link ImageException}.
 */
public final class ZstdInput extends InputStream {
    private static final int BUFFER = 1 << 16;
    private static final String CUT = "Truncated source";
    private static final String ARTIFACT = "com.github.luben:zstd-jni";

    private final InputStream in;
    private final String subject;

    private ZstdInput(InputStream in, String subject) {
        this.in = in;
        this.subject = subject;
    }

    /**
     * @param subject what the stream is, for exceptions
     * @throws ImageException also if the decoder is not there, or its native library can't be loaded
     */
    public static ZstdInput of(InputStream in, String subject) throws IOException {
        try {
            ZstdInputStreamNoFinalizer decoder = new ZstdInputStreamNoFinalizer(in);
            decoder.setLongMax(Frame.WINDOW_LOG_MAX);
            return new ZstdInput(decoder, subject);
        } catch (NoClassDefFoundError e) {
            boolean absent = e.getCause() instanceof ClassNotFoundException;
            throw because(
                    e,
                    subject,
                    absent
                            ? "it is compressed by zstd, and " + ARTIFACT + " is not there"
                            : "the native library of " + ARTIFACT + " could not be loaded before",
                    absent
                            ? "add that artifact to the class path, or to the module path with --add-modules com.github.luben.zstd_jni"
                            : "name a directory where programs may be executed by -DZstdTempFolder=");
        } catch (LinkageError e) {
            throw because(
                    e,
                    subject,
                    "the native library of " + ARTIFACT + " can't be loaded: " + e.getMessage(),
                    "name a directory where programs may be executed by -DZstdTempFolder=");
        }
    }

    /** Reads all frames without decoding them, and refuses what a decoder would, as far as their headers tell. */
    public static void check(InputStream stream, String subject) throws IOException {
        InputStream in = new BufferedInputStream(stream, BUFFER);
        try {
            for (Frame frame = Frame.next(in); frame != null; frame = Frame.next(in)) {
                Frame.Block block;
                do {
                    block = frame.block(in);
                    in.skipNBytes(block.stored());
                } while (!block.last());
                in.skipNBytes(frame.hasChecksum() ? 4 : 0);
            }
        } catch (Malformed e) {
            throw because(e, subject, String.valueOf(e.getMessage()), e.remedy());
        } catch (EOFException e) {
            throw because(e, subject, "its zstd data is cut off", "get it again");
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
        } catch (ZstdIOException e) {
            throw failure(e);
        }
    }

    private ImageException failure(ZstdIOException e) {
        long code = e.getErrorCode();
        if (code == Zstd.errFrameParameterWindowTooLarge()) {
            return because(
                    e, subject, "it is compressed by zstd with a window of more than 128 MiB", Frame.SMALLER_WINDOW);
        }
        boolean cut = code == Zstd.errSrcSizeWrong() || CUT.equals(e.getMessage());
        return because(
                e,
                subject,
                cut ? "its zstd data is cut off" : "its zstd data is malformed: " + e.getMessage(),
                "get it again");
    }

    private static ImageException because(Throwable cause, String subject, String problem, String remedy) {
        ImageException failure = new ImageException(subject, problem, remedy);
        failure.initCause(cause);
        return failure;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
