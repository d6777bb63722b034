package dev.sandjar;

import dev.sandjar.linux.PressureThreshold;
import dev.sandjar.network.CniAttachment;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A process without any sandbox around it, to test what is done with a {@link SandboxProcess}. */
public final class PlainProcess extends SandboxProcess {
    private final Process process;
    private final CompletableFuture<ExitReport> report;

    public PlainProcess(String... command) throws IOException {
        process = new ProcessBuilder(command).start();
        report = process.onExit().thenApply(ended -> Reports.exited(ended.exitValue()));
    }

    @Override
    public CompletableFuture<ExitReport> onReport() {
        return report.copy();
    }

    @Override
    public int publishedPort(int port) {
        throw new IllegalArgumentException("port " + port + " is not published");
    }

    @Override
    public void close() {
        destroy();
        report.join();
        try {
            process.getInputStream().close();
            process.getErrorStream().close();
            process.getOutputStream().close();
        } catch (IOException e) {
            // As after any death of a reader: what was not yet written is lost.
        }
    }

    @Override
    public void destroy() {
        process.toHandle().destroyForcibly(); // which leaves what was written to be read, as a sandbox does
    }

    @Override
    public OutputStream getOutputStream() {
        return process.getOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return process.getInputStream();
    }

    @Override
    public InputStream getErrorStream() {
        return process.getErrorStream();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public ProcessHandle toHandle() {
        return process.toHandle();
    }

    @Override
    public void signal(Signal signal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ProcessTree processes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SandboxProcess exec(Command command) {
        throw new UnsupportedOperationException();
    }

    @Override
    public InputStream descriptorInput(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public OutputStream descriptorOutput(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void resize(int rows, int columns) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isPty() {
        return false;
    }

    @Override
    public Optional<Path> upperDirectory() {
        return Optional.empty();
    }

    @Override
    public ResourceUsage usage() {
        return Reports.USAGE;
    }

    @Override
    public void update(Limits limits) {
        throw new IllegalStateException("no cgroup");
    }

    @Override
    public void update(Firewall firewall) {
        throw new IllegalStateException("no cgroup");
    }

    @Override
    public FirewallCounters firewallCounters() {
        throw new IllegalStateException("no firewall");
    }

    @Override
    public Optional<CniAttachment> cni() {
        return Optional.empty();
    }

    @Override
    public void freeze() {
        throw new IllegalStateException("no cgroup");
    }

    @Override
    public void thaw() {
        throw new IllegalStateException("no cgroup");
    }

    @Override
    public void onEvent(Consumer<? super SandboxEvent> listener, PressureThreshold... thresholds) {
        throw new IllegalStateException("no cgroup");
    }
}
