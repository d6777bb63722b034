package dev.sandjar.internal.plugin.wire;

/**
 * The head of every message: length of the body (4 bytes), type (1), flags (1), a number (2), id (4); all big-endian. The number is
 * that of a method.
 */
public final class Frame {
    public static final int HEAD = 12;
    public static final int VERSION = 1;
    /** In the body are not the bytes but where they are: number of a slot (4), length (4). */
    public static final int SHARED = 1;

    /** From here on a body goes through shared memory. */
    public static final int SHARED_FROM = 256 * 1024;

    public static final byte HELLO = 1;
    public static final byte FAILED = 2;
    public static final byte CALL = 3;
    public static final byte REPLY = 4;
    public static final byte THROW = 5;
    public static final byte CANCEL = 6;
    public static final byte BACK_CALL = 7;
    public static final byte BACK_REPLY = 8;
    public static final byte BACK_THROW = 9;

    /** What a stream of the host understands besides the methods of a callback. */
    public static final int STREAM_READ = 0;

    public static final int STREAM_WRITE = 1;
    public static final int STREAM_FLUSH = 2;
    public static final int STREAM_CHUNK = 64 * 1024;

    private Frame() {}

    public static int getInt(byte[] from, int at) {
        return (from[at] << 24) | ((from[at + 1] & 0xff) << 16) | ((from[at + 2] & 0xff) << 8) | (from[at + 3] & 0xff);
    }

    public static int getShort(byte[] from, int at) {
        return ((from[at] & 0xff) << 8) | (from[at + 1] & 0xff);
    }

    static void putInt(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 24);
        to[at + 1] = (byte) (value >> 16);
        to[at + 2] = (byte) (value >> 8);
        to[at + 3] = (byte) value;
    }

    static void putShort(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 8);
        to[at + 1] = (byte) value;
    }
}
