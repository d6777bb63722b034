package dev.sandjar.launcher;

import java.nio.ByteBuffer;

/** Memory outside of the Java heap that system calls fill and empty. Its owner closes it, when nobody uses the view any more. */
interface NativeBuffer extends AutoCloseable {
    ByteBuffer view();

    @Override
    void close();
}
