package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one start: the program, its arguments, and where its streams go. An immutable value that may be used
 * for any number of starts, by any thread; each method returns a new one.
 *
 * <p>A program without a slash is looked for in the directories of the sandbox's {@code PATH} variable (by default
 * {@code /usr/local/bin:/usr/bin:/bin}), inside the sandbox. No shell is involved: {@code Command.of("sh", "-c", "...")}
 * asks for one. Arguments and environment together may take 6 MiB, and less if the stack limit is small
 * ({@code execve(2)}).
 */
public final class Command {
    private static final int PROGRAM_MAX = 4095;
    private static final int EXIT_CODE_MAX = 255;
    /** What one message to the launcher can carry besides the standard three and its own. */
    private static final int DESCRIPTORS_MAX = 60;

    private final String program;
    private final List<String> arguments;
    private @Nullable String arg0;
    private Map<String, String> environment = Map.of();
    private @Nullable String directory;
    private Redirect stdin = Redirect.PIPE;
    private Redirect stdout = Redirect.PIPE;
    private Redirect stderr = Redirect.PIPE;
    private boolean mergeStderr;
    private @Nullable CommandInput input;
    private @Nullable OutputSink stdoutSink;
    private @Nullable OutputSink stderrSink;
    private Set<Integer> exitCodes = Set.of(0);
    private @Nullable Duration timeout;
    private @Nullable Duration cpuTime;
    private @Nullable DataSize memory;
    private @Nullable TerminalSize terminal;
    private Map<String, Descriptor> descriptors = Map.of();

    private Command(String program, List<String> arguments) {
        this.program = program;
        this.arguments = arguments;
    }

    private Command(Command other) {
        this(other.program, other.arguments);
        arg0 = other.arg0;
        environment = other.environment;
        directory = other.directory;
        stdin = other.stdin;
        stdout = other.stdout;
        stderr = other.stderr;
        mergeStderr = other.mergeStderr;
        input = other.input;
        stdoutSink = other.stdoutSink;
        stderrSink = other.stderrSink;
        exitCodes = other.exitCodes;
        timeout = other.timeout;
        cpuTime = other.cpuTime;
        memory = other.memory;
        terminal = other.terminal;
        descriptors = other.descriptors;
    }

    /**
     * Makes a command of a program and its arguments.
     *
     * @param program a name that is looked for in PATH, or a path inside the sandbox; 1 to 4095 bytes
     * @param args what follows {@code argv[0]}
     * @return the command
     * @throws IllegalArgumentException if the program is empty or too long, a text has a NUL character or half a surrogate
     *     pair, or all take more than 6 MiB
     */
    public static Command of(String program, String... args) {
        List<String> words = new ArrayList<>(Objects.requireNonNull(args, "args").length + 1);
        words.add(program);
        Collections.addAll(words, args);
        return of(words);
    }

    /**
     * Makes a command of a program and its arguments.
     *
     * @param command the program, then its arguments; see {@link #of(String, String...)}
     * @return the command
     * @throws IllegalArgumentException if the list is empty, or as {@link #of(String, String...)}
     */
    public static Command of(List<String> command) {
        Objects.requireNonNull(command, "command");
        for (int i = 0; i < command.size(); i++) {
            Objects.requireNonNull(command.get(i), i == 0 ? "program" : "argument " + i + " of the program");
        }
        List<String> words = List.copyOf(command);
        if (words.isEmpty()) {
            throw new IllegalArgumentException("the command is empty; it needs at least a program");
        }
        Checks.text("program", words.get(0), 1, PROGRAM_MAX);
        EnvironmentText.checkRoom(words, Map.of());
        return new Command(words.get(0), words.subList(1, words.size()));
    }

    /**
     * Gives the program another {@code argv[0]} than its name.
     *
     * @param arg0 any text, also an empty one; the default is the program as given
     * @return the changed command
     * @throws IllegalArgumentException if it has a NUL character or half a surrogate pair, or arguments and environment then take more
     *     than 6 MiB
     */
    public Command arg0(String arg0) {
        Command copy = new Command(this);
        copy.arg0 = Checks.text("arg0", arg0, 0, (int) EnvironmentText.ROOM);
        return copy.checked();
    }

    /**
     * Adds a variable to the sandbox's environment, or replaces it.
     *
     * @param name not empty, without "="
     * @param value any text
     * @return the changed command
     * @throws IllegalArgumentException if the name is empty or has an "=", one has a NUL character or half a surrogate pair, or
     *     arguments and environment then take more than 6 MiB
     */
    public Command env(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(environment);
        EnvironmentText.put(changed, name, value);
        return withEnvironment(changed);
    }

    /**
     * Adds variables to the sandbox's environment, or replaces them.
     *
     * @param variables names and values, see {@link #env(String, String)}
     * @return the changed command
     * @throws IllegalArgumentException as {@link #env(String, String)}
     */
    public Command env(Map<String, String> variables) {
        Map<String, String> changed = new LinkedHashMap<>(environment);
        EnvironmentText.putAll(changed, variables);
        return withEnvironment(changed);
    }

    /**
     * Passes on variables of the host process with their values of now. Those that it doesn't have are left out.
     *
     * @param names which ones
     * @return the changed command
     * @throws IllegalArgumentException if a name is malformed, as of {@link #env(String, String)}, a value can't be read in the encoding
     *     of this JVM, or arguments and environment then take more than 6 MiB
     */
    public Command inheritEnv(String... names) {
        Map<String, String> changed = new LinkedHashMap<>(environment);
        EnvironmentText.inherit(changed, System.getenv(), names);
        return withEnvironment(changed);
    }

    private Command withEnvironment(Map<String, String> changed) {
        Command copy = new Command(this);
        copy.environment = Collections.unmodifiableMap(changed);
        return copy.checked();
    }

    private Command checked() {
        EnvironmentText.checkRoom(argv(), environment);
        return this;
    }

    /**
     * Sets the working directory inside, instead of the sandbox's.
     *
     * @param directory absolute path inside the sandbox
     * @return the changed command
     * @throws IllegalArgumentException if it is not absolute, or has an empty, "." or ".." component, a NUL character, half a surrogate
     *     pair, a component above 255 bytes or more than 4095 bytes
     */
    public Command directory(String directory) {
        Command copy = new Command(this);
        copy.directory = GuestPath.of("directory", directory);
        return copy;
    }

    /**
     * Chooses where standard input comes from.
     *
     * @param source {@code PIPE} (the default), {@code INHERIT} (the host's own, which the program can open again for writing if it is a
     *     file that its user may write to) or {@code from(file)}
     * @return the changed command
     * @throws IllegalArgumentException for a redirect that writes, or if there is already an {@linkplain #input(byte[]) input}
     */
    public Command stdin(Redirect source) {
        Objects.requireNonNull(source, "source");
        Redirect.Type type = source.type();
        if (type == Redirect.Type.WRITE || type == Redirect.Type.APPEND) {
            throw new IllegalArgumentException("standard input can't be \"" + source + "\"; use Redirect.from(file)");
        }
        if (input != null && type != Redirect.Type.PIPE) {
            throw new IllegalArgumentException("standard input is given by input(...) already");
        }
        Command copy = new Command(this);
        copy.stdin = source;
        return copy;
    }

    /**
     * Chooses where standard output goes. What is appended to a regular file is written by the host, and so is every file and inherited
     * stream under a {@link SandboxBuilder#outputLimit}: the program holds a pipe then. Without a limit it holds the file of {@code
     * to(file)}, which is emptied at the start, or the host's own stream itself; if its user may, it can open that again through {@code
     * /proc/self/fd}, to read and change what is there by then.
     *
     * @param destination {@code PIPE} (the default), {@code INHERIT}, {@code DISCARD}, {@code to(file)} or
     *     {@code appendTo(file)}
     * @return the changed command
     * @throws IllegalArgumentException for a redirect that reads, or if there is already a {@linkplain #stdout(OutputSink) sink}
     */
    public Command stdout(Redirect destination) {
        Objects.requireNonNull(destination, "destination");
        unsunk("standard output", stdoutSink, destination);
        Command copy = new Command(this);
        copy.stdout = writing("standard output", destination);
        return copy;
    }

    /**
     * Chooses where standard error goes. The host or the program writes it there, as {@link #stdout(Redirect)} says.
     *
     * @param destination {@code PIPE} (the default), {@code INHERIT}, {@code DISCARD}, {@code to(file)} or
     *     {@code appendTo(file)}
     * @return the changed command
     * @throws IllegalArgumentException for a redirect that reads, after {@link #mergeStderr()}, or if there is already a {@linkplain
     *     #stderr(OutputSink) sink}
     */
    public Command stderr(Redirect destination) {
        Objects.requireNonNull(destination, "destination");
        notMerged();
        unsunk("standard error", stderrSink, destination);
        Command copy = new Command(this);
        copy.stderr = writing("standard error", destination);
        return copy;
    }

    private static void unsunk(String what, @Nullable OutputSink sink, Redirect destination) {
        if (sink != null && destination.type() != Redirect.Type.PIPE) {
            throw new IllegalArgumentException(what + " goes to a sink already");
        }
    }

    private static Redirect writing(String what, Redirect destination) {
        if (destination.type() == Redirect.Type.READ) {
            throw new IllegalArgumentException(what + " can't be \"" + destination + "\"; use Redirect.to(file)");
        }
        return destination;
    }

    /**
     * Sends standard error where standard output goes, in the order of writing.
     *
     * @return the changed command
     * @throws IllegalArgumentException after {@link #stderr(Redirect)} with anything but {@code PIPE}, or {@link #stderr(OutputSink)}
     */
    public Command mergeStderr() {
        if (stderr.type() != Redirect.Type.PIPE) {
            throw new IllegalArgumentException("standard error goes to \"" + stderr + "\" already");
        }
        if (stderrSink != null) {
            throw new IllegalArgumentException("standard error goes to a sink already");
        }
        Command copy = new Command(this);
        copy.mergeStderr = true;
        return copy;
    }

    /**
     * Sets what {@link Sandbox#run(Command)} writes to standard input before it closes it. The default is nothing.
     *
     * @param bytes any bytes; copied
     * @return the changed command
     * @throws IllegalArgumentException if standard input is redirected
     */
    public Command input(byte[] bytes) {
        Objects.requireNonNull(bytes, "bytes");
        return withInput(CommandInput.of(bytes.clone()));
    }

    /**
     * Sets a text that {@link Sandbox#run(Command)} writes to standard input, as UTF-8, before it closes it.
     *
     * @param text any text; what UTF-8 can't hold becomes "?"
     * @return the changed command
     * @throws IllegalArgumentException if standard input is redirected
     */
    public Command input(String text) {
        Objects.requireNonNull(text, "text");
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sets a file of the host that {@link Sandbox#run(Command)} reads, as the user of this JVM, and writes to standard input while the
     * program runs. The program holds a pipe; with {@code stdin(Redirect.from(file))} it holds the file itself.
     *
     * @param file opened at each run, of any file system
     * @return the changed command
     * @throws IllegalArgumentException if standard input is redirected
     */
    public Command input(Path file) {
        return withInput(CommandInput.of(Objects.requireNonNull(file, "file")));
    }

    /**
     * Sets a stream that {@link Sandbox#run(Command)} reads to its end and writes to standard input while the program runs. It is read on
     * another thread and not closed. When the program has ended, a read of which nothing has come yet goes on by itself, and what it gives
     * is lost.
     *
     * @param stream what one run reads, so the command is good for one run
     * @return the changed command
     * @throws IllegalArgumentException if standard input is redirected
     */
    public Command input(InputStream stream) {
        return withInput(CommandInput.of(Objects.requireNonNull(stream, "stream")));
    }

    private Command withInput(CommandInput source) {
        if (stdin.type() != Redirect.Type.PIPE) {
            throw new IllegalArgumentException("standard input comes from \"" + stdin + "\" already");
        }
        Command copy = new Command(this);
        copy.input = source;
        return copy;
    }

    /**
     * Has {@link Sandbox#run(Command)} and {@link Sandbox#runAsync(Command)} hand over standard output while the program writes it. The
     * result has its beginning too, as far as it is kept.
     *
     * @param sink such as {@link OutputSink#lines}; it is opened by each run, and what it throws ends the sandbox and then the run
     * @return the changed command
     * @throws IllegalArgumentException if standard output is redirected
     */
    public Command stdout(OutputSink sink) {
        Objects.requireNonNull(sink, "sink");
        pipe("standard output", stdout);
        Command copy = new Command(this);
        copy.stdoutSink = sink;
        return copy;
    }

    /**
     * Has {@link Sandbox#run(Command)} and {@link Sandbox#runAsync(Command)} hand over standard error while the program writes it, as
     * {@link #stdout(OutputSink)} does with standard output.
     *
     * @param sink as there; if the same is given for both, each stream opens it, and both may be written at the same time
     * @return the changed command
     * @throws IllegalArgumentException if standard error is redirected, or after {@link #mergeStderr()}
     */
    public Command stderr(OutputSink sink) {
        Objects.requireNonNull(sink, "sink");
        notMerged();
        pipe("standard error", stderr);
        Command copy = new Command(this);
        copy.stderrSink = sink;
        return copy;
    }

    private static void pipe(String what, Redirect destination) {
        if (destination.type() != Redirect.Type.PIPE) {
            throw new IllegalArgumentException(what + " goes to \"" + destination + "\" already");
        }
    }

    private void notMerged() {
        if (mergeStderr) {
            throw new IllegalArgumentException("standard error goes where standard output goes, by mergeStderr()");
        }
    }

    /**
     * Gives this start less wall-clock time than the sandbox gives to each ({@link SandboxBuilder#timeout}), so that one sandbox, with what
     * it keeps warm, serves requests of any length: {@link Verdict#TIMED_OUT}, after the same {@linkplain RunBounds#grace() grace}.
     *
     * @param time 1 ms to 36500 days; more than the sandbox's own is refused by each start, and any by {@link SandboxProcess#exec}
     * @return the changed command
     * @throws IllegalArgumentException if out of range
     */
    public Command timeout(Duration time) {
        RunBounds.none().timeout(time);
        Command copy = new Command(this);
        copy.timeout = time;
        return copy;
    }

    /**
     * Gives this start less CPU time than the sandbox gives to each ({@link RunBounds#cpuTime()}), of all processes together: {@link
     * Verdict#CPU_TIME_EXCEEDED}, after the same {@linkplain RunBounds#grace() grace}. The sandbox has to have a limit of its own, since
     * what counts the time is planned with it.
     *
     * @param time 1 ms to 36500 days; each start refuses more than the sandbox's own, and any where the sandbox has none or no cgroup
     *     counts the time, as does {@link SandboxProcess#exec} always
     * @return the changed command
     * @throws IllegalArgumentException if out of range
     */
    public Command cpuTime(Duration time) {
        RunBounds.none().cpuTime(time);
        Command copy = new Command(this);
        copy.cpuTime = time;
        return copy;
    }

    /**
     * Gives this start less memory than the sandbox gives to each ({@link Limits#memory(DataSize)}), for all processes together: {@link
     * Verdict#OOM_KILLED}. It is in force before the program runs, in warm sandboxes too. The sandbox has to have a limit of its own, since
     * the cgroup that counts memory is planned with it; {@link SandboxProcess#update} can change it later as that of any sandbox.
     * {@code memory.max}; v1 {@code memory.limit_in_bytes}. A start that finds no warm sandbox is made in two steps for it, which takes a
     * little longer.
     *
     * @param max at least 1 MiB, and enough for what is set up before the program; the kernel counts whole pages. Each start refuses more
     *     than the sandbox's own, and any where the sandbox has none or no cgroup counts memory, as does {@link SandboxProcess#exec} always
     * @return the changed command
     * @throws IllegalArgumentException if out of range
     */
    public Command memory(DataSize max) {
        Limits.none().memory(max);
        Command copy = new Command(this);
        copy.memory = max;
        return copy;
    }

    /**
     * Chooses with which exit codes the program succeeds, for {@link RunResult#isSuccess()} and {@link RunResult#orThrow()}: 0 and 1, say,
     * for {@code grep}.
     *
     * @param codes each 0 to 255, at least one; they replace those of before, and the default, which is 0 alone
     * @return the changed command
     * @throws IllegalArgumentException if there is none, or one is out of range
     */
    public Command exitCodes(int... codes) {
        Objects.requireNonNull(codes, "codes");
        if (codes.length == 0) {
            throw new IllegalArgumentException("no exit code is given; at least one is needed");
        }
        Set<Integer> chosen = new TreeSet<>();
        for (int code : codes) {
            chosen.add(Checks.range("exit code", code, 0, EXIT_CODE_MAX));
        }
        Command copy = new Command(this);
        copy.exitCodes = Collections.unmodifiableSet(chosen);
        return copy;
    }

    /**
     * Runs the program on a pseudo-terminal of its own ({@code pty(7)}), which becomes its controlling terminal and those
     * of its standard streams that are not redirected. {@link SandboxProcess#getInputStream()} then gives what the
     * terminal shows, and {@link SandboxProcess#getErrorStream()} is empty. Closing {@link SandboxProcess#getOutputStream()} types the
     * terminal's end-of-file character, as Ctrl-D does; a program that has put the terminal into a mode without one sees no end. In
     * sandboxes made from a preset TERM is xterm, unless something sets it.
     *
     * @param rows lines, 1 to 65535
     * @param columns characters in a line, 1 to 65535
     * @return the changed command
     * @throws IllegalArgumentException if a number is out of range
     */
    public Command pty(int rows, int columns) {
        Command copy = new Command(this);
        copy.terminal = new TerminalSize(rows, columns);
        return copy;
    }

    /**
     * Takes {@link #pty} back, for {@link Sandbox#run}, which serves none.
     *
     * @return the changed command
     */
    public Command noPty() {
        Command copy = new Command(this);
        copy.terminal = null;
        return copy;
    }

    /**
     * Gives the program one more descriptor: number 3 for the first, 4 for the next, and so on.
     *
     * @param name a letter and up to 63 letters, digits and underscores; the program finds the number in the environment
     *     variable {@link Descriptor#variable}
     * @param descriptor what is behind it
     * @return the changed command
     * @throws IllegalArgumentException if the name is malformed or taken (upper and lower case are the same), or if there
     *     are more than 60
     */
    public Command descriptor(String name, Descriptor descriptor) {
        Objects.requireNonNull(descriptor, "descriptor");
        String variable = Descriptor.variable(name);
        for (String taken : descriptors.keySet()) {
            if (Descriptor.variable(taken).equals(variable)) {
                throw new IllegalArgumentException("descriptor " + Printable.quote(name) + " would share the variable "
                        + variable + " with " + Printable.quote(taken));
            }
        }
        Checks.range("number of descriptors", descriptors.size() + 1, 1, DESCRIPTORS_MAX);
        Command copy = new Command(this);
        Map<String, Descriptor> changed = new LinkedHashMap<>(descriptors);
        changed.put(name, descriptor);
        copy.descriptors = Collections.unmodifiableMap(changed);
        return copy;
    }

    /**
     * The program.
     *
     * @return a name or a path inside the sandbox
     */
    public String program() {
        return program;
    }

    /**
     * The arguments.
     *
     * @return what follows {@code argv[0]}
     */
    public List<String> arguments() {
        return arguments;
    }

    /**
     * What the program gets as {@code argv}.
     *
     * @return {@code argv[0]} and the arguments
     */
    public List<String> argv() {
        List<String> argv = new ArrayList<>(arguments.size() + 1);
        argv.add(arg0 == null ? program : arg0);
        argv.addAll(arguments);
        return Collections.unmodifiableList(argv);
    }

    /**
     * The variables that are added to the sandbox's.
     *
     * @return names and values in the order of the calls
     */
    public Map<String, String> environment() {
        return environment;
    }

    /**
     * The working directory.
     *
     * @return absolute path inside the sandbox, or empty for the sandbox's own
     */
    public Optional<String> directory() {
        return Optional.ofNullable(directory);
    }

    /**
     * Where standard input comes from.
     *
     * @return {@code PIPE} unless set
     */
    public Redirect stdin() {
        return stdin;
    }

    /**
     * Where standard output goes.
     *
     * @return {@code PIPE} unless set
     */
    public Redirect stdout() {
        return stdout;
    }

    /**
     * Where standard error goes, unless {@linkplain #mergesStderr() merged}.
     *
     * @return {@code PIPE} unless set
     */
    public Redirect stderr() {
        return stderr;
    }

    /**
     * Whether standard error goes where standard output goes.
     *
     * @return true after {@link #mergeStderr()}
     */
    public boolean mergesStderr() {
        return mergeStderr;
    }

    /**
     * What {@link Sandbox#run(Command)} writes to standard input.
     *
     * @return a copy of the bytes, or empty if none were given, or a file or a stream was
     */
    public Optional<byte[]> input() {
        return Optional.ofNullable(input).flatMap(CommandInput::bytes);
    }

    /** What is written to standard input, from its beginning; null if nothing was given. */
    @Nullable
    InputStream openInput() throws IOException {
        return input == null ? null : input.open();
    }

    /**
     * What receives standard output while the program writes it.
     *
     * @return the sink, or empty if none was given
     */
    public Optional<OutputSink> stdoutSink() {
        return Optional.ofNullable(stdoutSink);
    }

    /**
     * What receives standard error while the program writes it.
     *
     * @return the sink, or empty if none was given
     */
    public Optional<OutputSink> stderrSink() {
        return Optional.ofNullable(stderrSink);
    }

    /**
     * The wall-clock time of this start.
     *
     * @return the time, or empty if it has all of the sandbox's
     */
    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    /**
     * The CPU time of this start.
     *
     * @return the time, or empty if it has all of the sandbox's
     */
    public Optional<Duration> cpuTime() {
        return Optional.ofNullable(cpuTime);
    }

    /**
     * The memory of this start.
     *
     * @return the most, or empty if it has all of the sandbox's
     */
    public Optional<DataSize> memory() {
        return Optional.ofNullable(memory);
    }

    /**
     * The exit codes with which the program succeeds.
     *
     * @return at least one; 0 alone unless set
     */
    public Set<Integer> exitCodes() {
        return exitCodes;
    }

    /** Refuses what a further program of a sandbox, which ends with the main one, does not have of its own. */
    void checkFurther() {
        if (timeout != null || cpuTime != null || memory != null) {
            throw new IllegalArgumentException((timeout != null ? "timeout" : cpuTime != null ? "cpuTime" : "memory")
                    + "(...) is for the program of a sandbox; a further one has that of its sandbox");
        }
    }

    /** Refuses what only a run serves, which reads and writes the streams itself. */
    void checkStart() {
        if (input != null) {
            throw new IllegalArgumentException(
                    "input(...) is for run(); write to getOutputStream(), or use stdin(Redirect.from(file))");
        }
        if (stdoutSink != null || stderrSink != null) {
            throw new IllegalArgumentException(
                    "a sink is for run() and runAsync(); read getInputStream() and getErrorStream()");
        }
    }

    /**
     * The pseudo-terminal's size.
     *
     * @return the size, or empty if the program runs without one
     */
    public Optional<TerminalSize> terminal() {
        return Optional.ofNullable(terminal);
    }

    /**
     * The further descriptors.
     *
     * @return by name, in order: the first becomes number 3
     */
    public Map<String, Descriptor> descriptors() {
        return descriptors;
    }

    /** The program and its arguments, shortened and with control characters escaped; no environment and no input. */
    @Override
    public String toString() {
        return Printable.quote(String.join(" ", argv()));
    }
}
