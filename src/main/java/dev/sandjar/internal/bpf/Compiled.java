package dev.sandjar.internal.bpf;

import org.jspecify.annotations.Nullable;

/**
 * What is to be installed: the asking filter first, where there is one.
 *
 * @param asking returns USER_NOTIF for what the host decides, and lets everything else pass; null if the host decides nothing
 * @param main the profile
 */
@SuppressWarnings("ArrayRecordComponent") // handed on as they are, never compared
public record Compiled(byte @Nullable [] asking, byte[] main) {}
