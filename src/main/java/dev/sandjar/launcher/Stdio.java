package dev.sandjar.launcher;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.Nullable;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The descriptors of one start and the host's streams at their other ends. A pipe end becomes an ordinary Java stream by opening it
 * again through /proc/self/fd, so that all reading and writing is the JDK's.
 */
final class Stdio {
    private static final int MODE = 0666;

    private final Kernel kernel;
    private final Ends ends;
    /** In the order of their numbers in the child. */
    final List<Integer> childFds = new ArrayList<>();

    final List<Integer> targets = new ArrayList<>();
    final Map<String, InputStream> inputs = new LinkedHashMap<>();
    final Map<String, OutputStream> outputs = new LinkedHashMap<>();
    OutputStream stdin = NullStreams.output();
    InputStream stdout = NullStreams.input();
    InputStream stderr = NullStreams.input();

    private Stdio(Kernel kernel, Ends ends) {
        this.kernel = kernel;
        this.ends = ends;
    }

    /** Opens everything; the descriptors are closed with {@code ends}, the streams are the caller's. */
    static Stdio open(Kernel kernel, Ends ends, Command command) throws IOException {
        Stdio stdio = new Stdio(kernel, ends);
        try {
            stdio.openAll(command);
            return stdio;
        } catch (IOException | RuntimeException | Error e) {
            stdio.closeStreams();
            throw e;
        }
    }

    private void openAll(Command command) throws IOException {
        if (command.terminal().isEmpty()) {
            add(0, input(command.stdin()));
            int out = output(command.stdout(), false);
            add(1, out);
            add(2, command.mergesStderr() ? out : output(command.stderr(), true));
        }
        int number = 3;
        for (Map.Entry<String, Descriptor> e : command.descriptors().entrySet()) {
            add(number++, descriptor(e.getKey(), e.getValue()));
        }
    }

    private void add(int target, int fd) {
        targets.add(target);
        childFds.add(fd);
    }

    private int input(Redirect redirect) throws IOException {
        if (redirect.type() == Redirect.Type.INHERIT) {
            return 0;
        }
        if (redirect.type() == Redirect.Type.READ) {
            return file(redirect.file(), Kernel.O_RDONLY);
        }
        int[] pipe = ends.pipe();
        stdin = new java.io.BufferedOutputStream(writer(pipe[1]));
        return pipe[0];
    }

    private int output(Redirect redirect, boolean error) throws IOException {
        return switch (redirect.type()) {
            case INHERIT -> error ? 2 : 1;
            case WRITE -> file(redirect.file(), Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_TRUNC);
            case APPEND -> file(redirect.file(), Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_APPEND);
            default -> {
                int[] pipe = ends.pipe();
                InputStream stream = new java.io.BufferedInputStream(reader(pipe[0]));
                if (error) {
                    stderr = stream;
                } else {
                    stdout = stream;
                }
                yield pipe[1];
            }
        };
    }

    private int descriptor(String name, Descriptor descriptor) throws IOException {
        return switch (descriptor.kind()) {
            case READ_FROM -> file(path(descriptor), Kernel.O_RDONLY);
            case WRITE_TO -> file(path(descriptor), Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_TRUNC);
            case APPEND_TO -> file(path(descriptor), Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_APPEND);
            case PIPE_IN -> {
                int[] pipe = ends.pipe();
                outputs.put(name, writer(pipe[1]));
                yield pipe[0];
            }
            case PIPE_OUT -> {
                int[] pipe = ends.pipe();
                inputs.put(name, reader(pipe[0]));
                yield pipe[1];
            }
        };
    }

    private static @Nullable File path(Descriptor descriptor) {
        return descriptor.path().map(java.nio.file.Path::toFile).orElse(null);
    }

    private int file(@Nullable File file, int flags) throws SandboxException {
        String path = file == null ? "/dev/null" : file.getPath();
        // Host names are bytes in the encoding that this JVM reads directories with.
        byte[] name = path.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        return ends.keep(kernel.open(name, flags, MODE), "open", path);
    }

    private static InputStream reader(int fd) throws IOException {
        return new FileInputStream("/proc/self/fd/" + fd);
    }

    private static OutputStream writer(int fd) throws IOException {
        return new FileOutputStream("/proc/self/fd/" + fd);
    }

    void closeStreams() {
        List<java.io.Closeable> all = new ArrayList<>(List.of(stdin, stdout, stderr));
        all.addAll(inputs.values());
        all.addAll(outputs.values());
        all.forEach(Stdio::closeQuietly);
    }

    /** Closing flushes, and flushing into a pipe that nobody reads any more fails: there is no one left to care. */
    static void closeQuietly(java.io.Closeable stream) {
        try {
            stream.close();
        } catch (IOException e) {
            return;
        }
    }
}
