package dev.sandjar.jmh;

import dev.sandjar.Command;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Starts, and the parts of them that are Java alone: with {@code -prof gc} also what they allocate. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 3)
public class StartBenchmark {
    private Sandbox untrusted;
    private Sandbox plain;
    private Command inside;
    private String program;

    @Setup
    public void prepare() throws IOException {
        Path path = Path.of(System.getProperty("program"));
        program = path.toString();
        inside = Command.of("/bench/" + path.getFileName());
        untrusted = Sandbox.untrusted()
                .bindReadOnly(path.getParent(), "/bench")
                .without(Limit.values())
                .build();
        plain = Sandbox.builder().build();
        Sandjar.warmUp();
    }

    @Benchmark
    public int processBuilder() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program).start();
        int code = process.waitFor();
        process.getInputStream().close();
        process.getErrorStream().close();
        process.getOutputStream().close();
        return code;
    }

    @Benchmark
    public int floor() throws IOException, InterruptedException {
        try (SandboxProcess process = plain.start(program)) {
            return process.waitFor();
        }
    }

    @Benchmark
    public int untrusted() throws IOException, InterruptedException {
        try (SandboxProcess process = untrusted.start(inside)) {
            return process.waitFor();
        }
    }

    /** Values only: nothing is started. */
    @Benchmark
    public Sandbox buildPolicy() {
        return Sandbox.untrusted().build();
    }
}
