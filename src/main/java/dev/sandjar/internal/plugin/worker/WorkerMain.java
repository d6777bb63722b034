package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.SharedSlots;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Makes a plugin and serves its calls until the host closes the channel. Arguments: contract, implementation, then the bounds of
 * messages (bytes, depth, elements) and the size of a slot of shared memory. The channel is in the descriptors 3, 4 and 5.
 */
public final class WorkerMain {
    private static final String CALLS = "/proc/self/fd/3";
    private static final String REPLIES = "/proc/self/fd/4";
    private static final String SHARED = "/proc/self/fd/5";

    private WorkerMain() {}

    public static void main(String[] args) throws IOException {
        CodecLimits limits =
                new CodecLimits(Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        int slot = Integer.parseInt(args[5]);
        InputStream calls = new FileInputStream(CALLS);
        OutputStream replies = new FileOutputStream(REPLIES);
        serve(args[0], args[1], calls, replies, limits, slot);
        // Threads of the plugin may go on: nobody is there for them any more.
        Runtime.getRuntime().halt(0);
    }

    static void serve(
            String contractName,
            String implementation,
            InputStream calls,
            OutputStream replies,
            CodecLimits limits,
            int slot)
            throws IOException {
        Contract contract;
        Object plugin;
        try {
            contract = Contract.of(Class.forName(contractName));
            Class<?> type = Class.forName(implementation);
            if (!contract.type().isAssignableFrom(type)) {
                throw new ClassCastException(implementation + " does not implement " + contractName);
            }
            java.lang.reflect.Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            plugin = constructor.newInstance();
        } catch (Throwable e) {
            Encoder failure = new Encoder(new CodecLimits(Traces.MAX * 4, 1, 1));
            Traces.write(
                    failure,
                    e instanceof java.lang.reflect.InvocationTargetException && e.getCause() != null
                            ? e.getCause()
                            : e);
            Link.write(replies, failure.head(Frame.FAILED, 0, 0));
            return;
        }
        Encoder hello = new Encoder(limits);
        hello.i64(contract.fingerprint());
        Link.write(replies, hello.head(Frame.HELLO, Frame.VERSION, 0));
        new Worker(new Link(calls, replies, limits, slot), contract, plugin).run();
    }

    /** The memory that is shared with the host; made when the first large message needs it. */
    static @Nullable SharedSlots shared(int slot) throws IOException {
        if (slot == 0) {
            return null;
        }
        try (RandomAccessFile file = new RandomAccessFile(SHARED, "rw")) {
            return new SharedSlots(
                    file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, SharedSlots.size(slot)), slot, false);
        }
    }
}
