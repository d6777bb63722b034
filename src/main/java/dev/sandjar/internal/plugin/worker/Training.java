package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Loads what a worker will need, so that it can be archived: serves a call of its own contract, and loads the classes of contract and
 * plugin without initializing them. No code of the plugin is executed.
 */
public final class Training {
    private static final int CLASSES_MAX = 3000;
    private static final CodecLimits LIMITS = new CodecLimits(1 << 20, 16, 1000);

    private Training() {}

    /** The contract of the training. */
    public interface Echo {
        byte[] echo(byte[] bytes, String text);
    }

    /** Its implementation. */
    public static final class Plugin implements Echo {
        @Override
        public byte[] echo(byte[] bytes, String text) {
            return bytes;
        }
    }

    public static void main(String[] args) throws IOException, ClassNotFoundException {
        Contract contract = Contract.of(Echo.class);
        Encoder call = new Encoder(LIMITS);
        contract.methods().get(0).writeArguments(call, new Object[] {new byte[] {1}, "a"});
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        Link.write(frame, call.head(Frame.CALL, 0, 1));
        WorkerMain.serve(
                Echo.class.getName(),
                Plugin.class.getName(),
                new Once(frame.toByteArray()),
                new ByteArrayOutputStream(),
                LIMITS,
                0);
        Contract.of(Class.forName(args[0]));
        load();
    }

    /** As many as a plugin may reasonably have; a large library beyond that is loaded from its jar. */
    private static void load() throws IOException {
        ClassLoader loader = ClassLoader.getSystemClassLoader();
        int count = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            try (JarFile jar = new JarFile(entry)) {
                for (JarEntry each : Collections.list(jar.entries())) {
                    String name = each.getName();
                    if (name.endsWith(".class") && !name.endsWith("-info.class") && !name.startsWith("META-INF")) {
                        if (++count > CLASSES_MAX) {
                            return;
                        }
                        load(
                                name.substring(0, name.length() - ".class".length())
                                        .replace('/', '.'),
                                loader);
                    }
                }
            }
        }
    }

    private static void load(String name, ClassLoader loader) {
        try {
            Class.forName(name, false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            // Depends on something that is not there, which the plugin may never need.
            return;
        }
    }

    /** One frame, then the end. */
    private static final class Once extends InputStream {
        private final byte[] bytes;
        private boolean done;

        Once(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (done) {
                throw new Worker.EndOfTraining();
            }
            System.arraycopy(bytes, 0, buffer, offset, bytes.length);
            done = true;
            return bytes.length;
        }
    }
}
