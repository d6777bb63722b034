package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.Encoder;
import java.io.PrintWriter;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** What was thrown, as texts of bounded length. */
final class Traces {
    /** Characters of each text. */
    static final int MAX = 32 * 1024;

    private Traces() {}

    /** Name of the class, message, stack trace. */
    static void write(Encoder out, Throwable thrown) {
        out.text(cut(thrown.getClass().getName()));
        String message;
        String trace;
        try {
            message = thrown.getMessage();
            Bounded text = new Bounded();
            thrown.printStackTrace(new PrintWriter(text));
            trace = text.text.toString();
        } catch (Throwable e) {
            // Both are methods that the plugin may have overridden.
            message = null;
            trace = "";
        }
        out.u8(message == null ? 0 : 1);
        if (message != null) {
            out.text(cut(message));
        }
        out.text(trace);
    }

    private static String cut(@Nullable String text) {
        return text == null ? "" : text.length() > MAX ? text.substring(0, MAX) : text;
    }

    /** Keeps the beginning. */
    private static final class Bounded extends Writer {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void write(char[] chars, int offset, int length) {
            text.append(chars, offset, Math.min(length, MAX - text.length()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
