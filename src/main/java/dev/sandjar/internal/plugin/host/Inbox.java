package dev.sandjar.internal.plugin.host;

import java.util.Arrays;

/** Bytes that were received and not yet taken: never more memory than twice of what has really arrived. */
final class Inbox {
    private static final int SMALL = 16 * 1024;

    byte[] bytes = new byte[SMALL];
    int start;
    int end;

    int size() {
        return end - start;
    }

    /** Makes room for the rest of a message of {@code wanted} bytes, of which a part is here. */
    void prepare(int wanted) {
        if (start == end) {
            start = 0;
            end = 0;
            if (bytes.length > SMALL && wanted <= SMALL) {
                bytes = new byte[SMALL];
            }
        }
        if (start > 0 && bytes.length - start < Math.max(wanted, SMALL / 2)) {
            System.arraycopy(bytes, start, bytes, 0, size());
            end -= start;
            start = 0;
        }
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(2L * bytes.length, SMALL)));
        }
    }
}
