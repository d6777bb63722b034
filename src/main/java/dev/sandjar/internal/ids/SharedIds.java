package dev.sandjar.internal.ids;

import java.nio.file.Path;
import java.util.BitSet;

/**
 * How processes of this host share out ids that no other has.
 *
 * @param locks byte N of this file belongs to whoever has locked it, with {@code F_OFD_SETLK} of {@code fcntl(2)}, and slot N with it
 * @param first the first id of slot 0
 * @param slotIds how many ids a slot has
 * @param slots those that may be used; not to be changed
 */
public record SharedIds(Path locks, long first, long slotIds, BitSet slots) {}
