package dev.sandjar.internal.plan;

import org.jspecify.annotations.Nullable;

/**
 * The program's ids as seen inside.
 *
 * @param uid null leaves the host process's
 * @param wide whether the namespace has ids beside the program's
 */
record Identity(@Nullable Long uid, @Nullable Long gid, boolean wide) {}
