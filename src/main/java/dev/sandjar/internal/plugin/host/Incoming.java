package dev.sandjar.internal.plugin.host;

import java.nio.ByteBuffer;

/**
 * A message of a worker.
 *
 * @param type one of {@link dev.sandjar.internal.plugin.wire.Frame}
 * @param slot of shared memory where the body is, or -1
 */
record Incoming(int type, int number, int id, ByteBuffer body, int slot) {}
