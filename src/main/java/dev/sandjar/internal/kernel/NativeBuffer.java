package dev.sandjar.internal.kernel;

/**
 * Memory outside of the Java heap that system calls fill and empty. Its owner closes it, when nobody uses it any more; forgotten, it is
 * freed too. There is no view of it as a {@link java.nio.ByteBuffer}: JNA would keep the memory for that, and with it a thread.
 */
public interface NativeBuffer extends AutoCloseable {
    int size();

    /** Copies what it begins with. */
    void get(byte[] into, int offset, int length);

    /** Copies to its beginning. */
    void put(byte[] from, int offset, int length);

    @Override
    void close();
}
