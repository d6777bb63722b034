package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.reuse.Reserve;
import dev.sandjar.internal.start.PreparedStart;
import java.io.IOException;
import java.util.List;

/** A reserve of one policy, filled by others. */
final class FilledPool implements SandboxPool {
    private static final DataSize CAPTURE = DataSize.mebibytes(64);

    private final Starter starter;
    private final Reserve<PreparedStart> reserve;

    private FilledPool(Starter starter, Reserve<PreparedStart> reserve) {
        this.starter = starter;
        this.reserve = reserve;
    }

    static SandboxPool of(Starter starter, int size) throws IOException {
        Reserve<PreparedStart> reserve = new Reserve<>(starter.maker(), size);
        try {
            reserve.fill();
            return new FilledPool(starter, reserve);
        } catch (IOException | RuntimeException | Error e) {
            reserve.close();
            throw e;
        }
    }

    @Override
    public SandboxProcess start(Command command) throws IOException {
        GroundAccess.get().checkStart(command);
        return begin(command);
    }

    private SandboxProcess begin(Command command) throws IOException {
        starter.checkBounds(command);
        PreparedStart prepared = reserve.take();
        if (prepared == null && reserve.isClosed()) {
            throw new IllegalStateException("the pool is closed");
        }
        try {
            return prepared == null ? starter.startNew(command) : starter.run(prepared, command);
        } finally {
            reserve.refillSoon(); // also where the program could not be executed: the sandbox is used up
        }
    }

    @Override
    public SandboxProcess start(String... command) throws IOException {
        return start(Command.of(List.of(command)));
    }

    @Override
    public RunResult run(Command command) throws IOException, InterruptedException {
        Runner.check(command);
        return Runner.run(begin(command), command, (int) CAPTURE.toBytes());
    }

    @Override
    public RunResult run(String... command) throws IOException, InterruptedException {
        return run(Command.of(List.of(command)));
    }

    @Override
    public int size() {
        return reserve.size();
    }

    @Override
    public int ready() {
        return reserve.ready();
    }

    @Override
    public String toString() {
        return "SandboxPool(" + ready() + " of " + size() + " ready)";
    }

    @Override
    public void close() {
        reserve.close();
    }
}
