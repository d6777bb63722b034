package dev.sandjar.internal.stdio;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostStat;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.EntryCalls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.PathBytes;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The descriptors of one start and the host's streams at their other ends. Closing it closes what no process has come to own. */
public final class Stdio implements AutoCloseable {
    private static final int WRITE = Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_TRUNC;
    private static final int FOR_ALL = 0666;
    private static final int APPEND = Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_APPEND;

    private final Kernel kernel;
    private final List<Integer> targets = new ArrayList<>();
    private final List<Integer> childFds = new ArrayList<>();
    /** What of the child's descriptors is ours to close; inherited ones are not. */
    private final List<Integer> toClose = new ArrayList<>();

    private final Map<String, InputStream> inputs = new LinkedHashMap<>();
    private final Map<String, OutputStream> outputs = new LinkedHashMap<>();
    private final HostStreams.Pipes pipes = new HostStreams.Pipes(new ArrayList<>(), new ArrayList<>());
    private OutputStream stdin = NullStreams.output();
    private InputStream stdout = NullStreams.input();
    private InputStream stderr = NullStreams.input();
    /** Made before the start, so that no running program lacks it: what wakes the readers of its terminal. */
    private int @Nullable [] wake;

    /** Null if standard output and error are not limited. */
    private final @Nullable LimitedOutputs limited;

    /** What is written at the end of files by the host although nothing is limited. */
    private @Nullable LimitedOutputs appending;

    private boolean handedOver;

    private Stdio(Kernel kernel, @Nullable OutputLimit limit) {
        this.kernel = kernel;
        this.limited = limit == null ? null : new LimitedOutputs(limit);
    }

    /** @param limit of standard output and error together; with one, a file or an inherited descriptor is written by the host */
    public static Stdio open(Kernel kernel, Command command, @Nullable OutputLimit limit) throws IOException {
        Stdio stdio = new Stdio(kernel, limit);
        try {
            stdio.openAll(command);
            return stdio;
        } catch (IOException | RuntimeException | Error e) {
            stdio.close();
            throw e;
        }
    }

    private void openAll(Command command) throws IOException {
        boolean terminal = command.terminal().isPresent();
        if (terminal) {
            wake = Calls.pipe(kernel, "open the terminal");
        }
        if (!isTerminal(terminal, command.stdin())) {
            add(0, input(command.stdin()));
        }
        if (!isTerminal(terminal, command.stdout())) {
            add(1, output("standard output", 1, command.stdout()));
        }
        if (!command.mergesStderr()) {
            if (!isTerminal(terminal, command.stderr())) {
                add(2, output("standard error", 2, command.stderr()));
            }
        } else if (!isTerminal(terminal, command.stdout())) {
            add(2, childFds.get(childFds.size() - 1));
        }
        int number = 3;
        for (Map.Entry<String, Descriptor> e : command.descriptors().entrySet()) {
            add(number++, descriptor(e.getKey(), e.getValue()));
        }
    }

    /** With a terminal, a stream that is not redirected is the terminal. */
    private static boolean isTerminal(boolean terminal, Redirect redirect) {
        return terminal && redirect.type() == Redirect.Type.PIPE;
    }

    private void add(int target, int fd) {
        targets.add(target);
        childFds.add(fd);
    }

    private int input(Redirect redirect) throws IOException {
        return switch (redirect.type()) {
            case INHERIT -> 0;
            case PIPE -> {
                int[] pipe = pipe("open standard input");
                own(pipe[0]);
                stdin = HostStreams.buffered(writer(pipe[1]));
                yield pipe[0];
            }
            default -> own(open("standard input", redirect.file(), Kernel.O_RDONLY));
        };
    }

    private int output(String name, int number, Redirect redirect) throws IOException {
        return switch (redirect.type()) {
            case INHERIT -> limited == null ? number : pumped(name, null, limited, limited.limit(), copy(name, number));
            case PIPE -> {
                int[] pipe = pipe("open " + name);
                own(pipe[1]);
                InputStream reader = HostStreams.buffered(LimitedOutputs.counted(limited, reader(pipe[0])));
                if (number == 1) {
                    stdout = reader;
                } else {
                    stderr = reader;
                }
                yield pipe[1];
            }
            default -> {
                int flags = redirect.type() == Redirect.Type.APPEND ? APPEND : WRITE;
                int file = open(name, redirect.file(), flags);
                String path = PathBytes.shown(OpenFiles.path("open " + name, redirect.file()));
                if (limited != null) {
                    yield pumped(name, path, limited, limited.limit(), file);
                }
                yield flags == APPEND ? appended(name, path, file) : own(file);
            }
        };
    }

    /** Programs open their streams once more, by /dev/stdout and the like, as whatever user they are. */
    private int[] pipe(String step) throws SandboxException {
        int[] ends = Calls.pipe(kernel, step);
        try {
            Calls.check(EntryCalls.changeMode(ends[0], FOR_ALL), step, "fchmod", null);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(ends[0]);
            kernel.close(ends[1]);
            throw e;
        }
        return ends;
    }

    private int open(String name, File file, int flags) throws SandboxException {
        String step = "open " + name;
        return OpenFiles.openForProgram(kernel, step, OpenFiles.path(step, file), flags);
    }

    private int copy(String name, int number) throws SandboxException {
        return Calls.check(kernel.raise(number), "open " + name, "fcntl", null);
    }

    /** A pipe in place of {@code file}, which belongs to the copier from now on. */
    private int pumped(String name, @Nullable String path, LimitedOutputs outputs, OutputLimit limit, int file)
            throws SandboxException {
        int[] pipe;
        try {
            pipe = pipe("open " + name);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(file);
            throw e;
        }
        own(pipe[1]);
        outputs.add(OutputPump.of(kernel, name, path, limit, pipe[0], file));
        return pipe[1];
    }

    /** The host writes at the end of a file: a program with a descriptor could open it anew and write anywhere. */
    private int appended(String name, String path, int file) throws SandboxException {
        HostStat stat = HostStat.of(file, new byte[0]);
        if (stat != null && !stat.isFile()) {
            return own(file);
        }
        OutputLimit none = new OutputLimit(Long.MAX_VALUE);
        LimitedOutputs outputs = limited;
        if (outputs == null) {
            outputs = appending == null ? new LimitedOutputs(none) : appending;
            appending = outputs;
        }
        return pumped(name, path, outputs, none, file);
    }

    private int descriptor(String name, Descriptor descriptor) throws IOException {
        return switch (descriptor.kind()) {
            case READ_FROM -> file(name, descriptor, Kernel.O_RDONLY);
            case WRITE_TO -> file(name, descriptor, WRITE);
            case APPEND_TO -> {
                Path path = descriptor.path().orElseThrow();
                yield appended(
                        "descriptor " + name,
                        PathBytes.shown(path),
                        OpenFiles.openForProgram(kernel, "open descriptor " + name, path, APPEND));
            }
            case READ_WRITE -> file(name, descriptor, Kernel.O_RDWR);
            case PIPE_IN -> {
                int[] pipe = pipe("open descriptor " + name);
                own(pipe[0]);
                outputs.put(name, writer(pipe[1]));
                yield pipe[0];
            }
            case PIPE_OUT -> {
                int[] pipe = pipe("open descriptor " + name);
                own(pipe[1]);
                inputs.put(name, HostStreams.buffered(reader(pipe[0])));
                yield pipe[1];
            }
        };
    }

    private PipeInput reader(int fd) {
        PipeInput reader = Pipes.reader(kernel, fd);
        pipes.readers().add(reader);
        return reader;
    }

    private PipeOutput writer(int fd) {
        PipeOutput writer = Pipes.writer(kernel, fd);
        pipes.writers().add(writer);
        return writer;
    }

    private int file(String name, Descriptor descriptor, int flags) throws SandboxException {
        return own(OpenFiles.openForProgram(
                kernel, "open descriptor " + name, descriptor.path().orElseThrow(), flags));
    }

    private int own(int fd) {
        toClose.add(fd);
        return fd;
    }

    /** Numbers in the child, ascending. */
    public List<Integer> targets() {
        return targets;
    }

    public int[] childFds() {
        return childFds.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Only the child may hold its ends, or nobody would see the other side close. */
    public void closeChildEnds() {
        toClose.forEach(kernel::close);
        toClose.clear();
    }

    /**
     * What the process gets; it is the process's to close from now on.
     *
     * @param master the terminal, or -1
     */
    public HostStreams streams(int master) throws IOException {
        int[] pipe = wake;
        if (pipe == null) {
            if (master >= 0) {
                kernel.close(master);
            }
            return handOver(stdin, stdout, null);
        }
        if (master < 0) {
            throw new IOException("the launcher has not sent the terminal");
        }
        PolledFd terminal = new PolledFd(kernel, master, pipe);
        return handOver(terminal.output(false), LimitedOutputs.counted(limited, terminal.input()), terminal);
    }

    private HostStreams handOver(OutputStream in, InputStream out, @Nullable PolledFd terminal) {
        handedOver = true;
        LimitedOutputs pumped = limited == null ? appending : limited;
        if (pumped != null) {
            pumped.begin();
        }
        return new HostStreams(in, out, stderr, inputs, outputs, pipes, terminal, pumped);
    }

    @Override
    public void close() {
        closeChildEnds();
        if (handedOver) {
            return;
        }
        new HostStreams(stdin, stdout, stderr, inputs, outputs, pipes, null, limited).close();
        LimitedOutputs pumped = limited == null ? appending : limited;
        if (pumped != null) {
            pumped.drop();
        }
        int[] pipe = wake;
        if (pipe != null) {
            kernel.close(pipe[0]);
            kernel.close(pipe[1]);
        }
    }
}
