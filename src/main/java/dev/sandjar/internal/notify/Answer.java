package dev.sandjar.internal.notify;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/** What becomes of a call that waits. */
public sealed interface Answer {
    /** It isn't made, and returns this. */
    record Value(long value) implements Answer {}

    /** It isn't made, and fails with this. */
    record Failure(int errno) implements Answer {}

    /** The kernel makes it after all, with what its pointers point to by then. */
    record Proceed() implements Answer {}

    /** The host opens a file, and the call returns a descriptor of it. */
    record Open(Path file, boolean write) implements Answer {}

    /** The host makes a connection, which takes the place of the caller's descriptor; the call returns 0. */
    record Connect(InetSocketAddress address, int descriptor) implements Answer {}
}
