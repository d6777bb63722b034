package dev.sandjar.internal.ids;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.protocol.Frame;
import java.util.concurrent.locks.ReentrantLock;

/** Ids whose locks one launcher holds too: should the JVM be killed, they stay taken until the launcher has cleaned up. */
public final class HeldIds {
    private final IdBlocks blocks;
    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean held;

    public HeldIds(IdBlocks blocks, Connection connection) {
        this.blocks = blocks;
        this.connection = connection;
    }

    public IdBlocks.Block allocate(long count) throws SandboxException {
        IdBlocks.Block block = blocks.allocate(count);
        try {
            hold();
            return block;
        } catch (SandboxException | RuntimeException | Error e) {
            block.close();
            throw e;
        }
    }

    /** What others need to share ids of such a count with this process. */
    public SharedIds shared(long count, long lowest) throws SandboxException {
        return blocks.shared(count, lowest);
    }

    private void hold() throws SandboxException {
        lock.lock();
        try {
            if (!held) {
                connection.send(Frame.HOLD, 0, new byte[0], blocks.descriptor());
                held = true;
            }
        } finally {
            lock.unlock();
        }
    }
}
