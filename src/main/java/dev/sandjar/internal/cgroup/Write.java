package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import org.jspecify.annotations.Nullable;

/**
 * One write to a file of a group.
 *
 * @param file its name, without a directory
 * @param text written by one call, since each call is one command to the kernel
 * @param limit what it serves, null for what no limit asked for
 * @param mechanism for people, such as "cgroup v2 memory.max"
 */
public record Write(String file, String text, @Nullable Limit limit, String mechanism) {}
