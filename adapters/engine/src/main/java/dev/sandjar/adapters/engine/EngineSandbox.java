package dev.sandjar.adapters.engine;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Explanation;
import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A policy that a container engine carries out, for hosts where Sandjar can't: macOS, Windows, a CI that has nothing but an engine's
 * socket. It is never chosen for a caller; a {@link Sandbox} starts nothing through an engine by itself.
 *
 * <p>The view of the host that {@link dev.sandjar.RootFs#hostReadOnly()} gives is that of the image here, read-only. Binds name paths of
 * the machine that the engine runs on. Variables of the image are there beside those of the policy. What the engine can't give is refused
 * before anything is made, unless {@link dev.sandjar.SandboxBuilder#allowDegraded} or {@link dev.sandjar.SandboxBuilder#minimumTier} let it
 * be missing; {@link #explain()} and {@link ExitReport#applied()} say so line by line. What is missing with every engine, whatever a policy
 * says: a container outlives this JVM if that is killed before it can run its shutdown hook, and limits of time and output are kept by this
 * JVM.
 *
 * <p>Instances are immutable and thread-safe.
 */
public final class EngineSandbox {
    private static final Logger LOG = LoggerFactory.getLogger(EngineSandbox.class);

    private final Engine engine;
    private final String image;
    private final Sandbox policy;

    private EngineSandbox(Engine engine, String image, Sandbox policy) {
        this.engine = engine;
        this.image = image;
        this.policy = policy;
    }

    /**
     * Has an engine carry out a policy.
     *
     * @param engine the engine
     * @param image name of an image that the engine has; nothing is pulled
     * @param policy what to hold the program to
     * @return a sandbox in that engine
     * @throws IllegalArgumentException if the name is empty
     */
    public static EngineSandbox via(Engine engine, String image, Sandbox policy) {
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(policy, "policy");
        if (image.isEmpty()) {
            throw new IllegalArgumentException("image is empty, allowed is the name of one that the engine has");
        }
        return new EngineSandbox(engine, image, policy);
    }

    /**
     * Asks the engine what it is, and tells what would become of each request. Nothing is started.
     *
     * @return the requests with what the engine does for them
     * @throws IOException if the engine can't be asked
     */
    public Explanation explain() throws IOException {
        return new Explanation(plan().entries());
    }

    private EnginePlan plan() throws IOException {
        return EnginePlan.of(engine, policy);
    }

    /**
     * Starts a program.
     *
     * @param command the program with its arguments; standard streams are pipes
     * @return the process, whose {@link SandboxProcess#usage()} knows nothing but the time on the clock. It refuses {@code exec}, {@code
     *     update}, {@code processes}, {@code resize} and descriptors. A signal that ended the program and an exit code of 128 plus its
     *     number are the same to an engine, and are told as the signal
     * @throws UnsupportedIsolationException if the engine can't give what the policy asks for
     * @throws IllegalArgumentException if the command has a terminal, descriptors, redirections, sinks, a CPU time or another name of itself
     * @throws IOException if the engine refuses, or can't be asked
     */
    public SandboxProcess start(Command command) throws IOException {
        return launch(command, false);
    }

    private EngineProcess launch(Command command, boolean run) throws IOException {
        check(command, run);
        EnginePlan plan = plan();
        for (AppliedPolicy.Entry entry : plan.entries()) {
            if (entry.outcome() == AppliedPolicy.Outcome.IMPOSSIBLE) {
                Isolation isolation = plan.isolation(entry);
                throw new UnsupportedIsolationException(
                        isolation,
                        entry.request(),
                        null,
                        engine.socket().toString(),
                        0,
                        entry.reason(),
                        isolation == null
                                ? "leave it out of the policy, or start without an engine on Linux"
                                : "allowDegraded(Isolation." + isolation + "), or start without an engine on Linux");
            }
        }
        return EngineProcess.start(engine, image, policy, plan, command);
    }

    private static void check(Command command, boolean run) {
        refuse(command.terminal().isPresent(), "a pseudo-terminal");
        refuse(!command.descriptors().isEmpty(), "further descriptors");
        refuse(command.cpuTime().isPresent(), "cpuTime(...)");
        refuse(
                command.stdoutSink().isPresent() || command.stderrSink().isPresent(),
                "a sink, read getInputStream() and getErrorStream()");
        refuse(
                !command.stdin().equals(ProcessBuilder.Redirect.PIPE)
                        || !command.stdout().equals(ProcessBuilder.Redirect.PIPE)
                        || !command.stderr().equals(ProcessBuilder.Redirect.PIPE)
                        || command.mergesStderr(),
                "a redirection");
        refuse(!run && command.input().isPresent(), "input(...), which is for run()");
        refuse(!command.argv().get(0).equals(command.program()), "arg0(...)");
    }

    private static void refuse(boolean there, String what) {
        if (there) {
            throw new IllegalArgumentException("the command has " + what + ", which an engine can't be given");
        }
    }

    /**
     * Runs a program to its end, with all of its output in memory: bound it by an output limit of the policy, which the presets have.
     *
     * @param command the program with its arguments, and bytes as its input perhaps
     * @return output and report
     * @throws UnsupportedIsolationException if the engine can't give what the policy asks for
     * @throws IllegalArgumentException as {@link #start}
     * @throws InterruptedException if interrupted; the program has been ended
     * @throws IOException if the engine refuses, or can't be asked
     */
    public EngineResult run(Command command) throws IOException, InterruptedException {
        try (EngineProcess process = launch(command, true)) {
            CompletableFuture<byte[]> out = reads(process.getInputStream());
            CompletableFuture<byte[]> err = reads(process.getErrorStream());
            CompletableFuture<Void> in = CompletableFuture.runAsync(
                    () -> write(process.getOutputStream(), command.input().orElse(new byte[0])), EngineSandbox::daemon);
            ExitReport report = process.waitForReport();
            in.cancel(false);
            return new EngineResult(text(out), text(err), report);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "sandjar-engine-stream");
        thread.setDaemon(true);
        thread.start();
    }

    private static CompletableFuture<byte[]> reads(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                        stream.transferTo(bytes);
                        return bytes.toByteArray();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                EngineSandbox::daemon);
    }

    private static void write(OutputStream stream, byte[] input) {
        try (stream) {
            stream.write(input);
        } catch (IOException e) {
            // The program has ended, or closed its input, without reading all of it: as with a pipe, that is its own
            // affair.
            LOG.debug("input was not all read", e);
        }
    }

    private static String text(CompletableFuture<byte[]> bytes) throws IOException, InterruptedException {
        try {
            return new String(bytes.get(), StandardCharsets.UTF_8);
        } catch (ExecutionException e) {
            throw new IOException("reading what the program wrote", e.getCause());
        }
    }
}
