package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The block before each entry of an archive. Its texts are strings whose characters are bytes. */
final class TarHeader {
    static final int BLOCK = 512;
    private static final int NAME = 100;
    private static final int CHECKSUM = 148;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_LENGTH = 155;
    private static final int PREFIX_LENGTH_STAR = 131;
    private static final int STAR = 508;

    /** Places of the numbers, by {@link #MODE} and so on, and how many bytes each has. */
    private static final int[] AT = {100, 108, 116, 124, 136, CHECKSUM, 329, 337};

    private static final int[] LENGTH = {8, 8, 8, 12, 12, 8, 8, 8};
    private static final String[] NAMES = {"mode", "owner", "group", "size", "time", "checksum", "device", "device"};
    private static final int MODE = 0;
    private static final int UID = 1;
    private static final int GID = 2;
    private static final int SIZE = 3;
    private static final int TIME = 4;
    private static final int SUM = 5;
    private static final int MAJOR = 6;
    private static final int MINOR = 7;
    /** No octal number is below 0. */
    private static final long UNUSUAL = -1;

    private final byte[] block;
    private final String subject;
    private final long[] numbers;

    private TarHeader(byte[] block, String subject) {
        this.block = block;
        this.subject = subject;
        this.numbers = usual(block);
    }

    /** All numbers that are octal digits and a terminator, in one loop: a method for each is many to compile for the few entries of a layer. */
    private static long[] usual(byte[] block) {
        long[] numbers = new long[AT.length];
        for (int n = 0; n < AT.length; n++) {
            int end = AT[n] + LENGTH[n];
            int i = AT[n];
            long value = 0;
            while (i < end && block[i] >= '0' && block[i] <= '7') {
                value = value << 3 | (block[i++] - '0');
            }
            boolean ended = i == end || block[i] == 0 || (block[i] == ' ' && (i + 1 == end || block[i + 1] == 0));
            numbers[n] = ended && i > AT[n] ? value : UNUSUAL;
        }
        return numbers;
    }

    private long number(int which) throws ImageException {
        return numbers[which] != UNUSUAL ? numbers[which] : number(AT[which], LENGTH[which], NAMES[which]);
    }

    /** How archives end: by such a block, or without any. */
    static boolean isEnd(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** To be asked for nothing before its checksum is known to be right. */
    static TarHeader of(byte[] block, String subject) {
        return new TarHeader(block, subject);
    }

    /** Some tools have added up bytes with signs. */
    boolean hasRightSum() {
        int unsigned = 8 * ' ';
        int negative = 0;
        for (int i = 0; i < BLOCK; i++) {
            unsigned += block[i] & 0xff;
            negative += block[i] >>> 31;
        }
        for (int i = CHECKSUM; i < CHECKSUM + 8; i++) {
            unsigned -= block[i] & 0xff;
            negative -= block[i] >>> 31;
        }
        try {
            long said = number(SUM);
            return said == unsigned || said == unsigned - (negative << 8);
        } catch (ImageException e) {
            return false;
        }
    }

    /** Refuses what does not begin as archives do; nothing at all is an archive without entries. */
    static void check(InputStream plain, String subject) throws IOException {
        byte[] first = plain.readNBytes(BLOCK);
        boolean fits = first.length == 0
                || (first.length == BLOCK && (isEnd(first) || of(first, subject).hasRightSum()));
        if (!fits) {
            throw new ImageException(subject, "it is not a tar archive", "");
        }
    }

    byte type() {
        return block[156];
    }

    String name() throws ImageException {
        String name = text(0, NAME);
        boolean ustar = hasText(MAGIC, "ustar\0");
        if (hasText(MAGIC, "ustar ")) {
            checkTimes();
        } else if (!ustar && block[PREFIX] != 0) {
            throw new ImageException(subject, "an entry has a prefix of its name that only some tools read", "");
        }
        int length = hasText(STAR, "tar\0") ? PREFIX_LENGTH_STAR : PREFIX_LENGTH;
        String prefix = ustar ? text(PREFIX, length) : ""; // where GNU has times
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** Some tools take for the beginning of a name what in GNU's format are times, where it does not look like those. */
    private void checkTimes() throws ImageException {
        for (int at = PREFIX; at < PREFIX + 24; at += 12) {
            if (block[at] != 0) {
                number(at, 12, "time");
            }
        }
    }

    private boolean hasText(int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (block[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    String link() {
        return text(157, NAME);
    }

    int mode() throws ImageException {
        return (int) number(MODE) & 07777;
    }

    long uid() throws ImageException {
        return number(UID);
    }

    long gid() throws ImageException {
        return number(GID);
    }

    long size() throws ImageException {
        long size = number(SIZE);
        if (size < 0 || size > Long.MAX_VALUE - BLOCK) {
            throw nonsense("size");
        }
        return size;
    }

    long seconds() throws ImageException {
        return number(TIME);
    }

    /** Only what has a magic has device numbers. */
    long major() throws ImageException {
        return number(MAJOR);
    }

    long minor() throws ImageException {
        return number(MINOR);
    }

    String text(int at, int length) {
        int end = at;
        while (end < at + length && block[end] != 0) {
            end++;
        }
        return new String(block, at, end - at, StandardCharsets.ISO_8859_1);
    }

    /** Octal digits, or with the first bit set a binary number with a sign. */
    long number(int at, int length, String what) throws ImageException {
        return number(block, at, length, what, subject);
    }

    static long number(byte[] bytes, int at, int length, String what, String subject) throws ImageException {
        if ((bytes[at] & 0x80) != 0) {
            return binary(bytes, at, length, what, subject);
        }
        int start = at;
        int end = at + length;
        while (start < end && (bytes[start] == 0 || bytes[start] == ' ')) {
            start++;
        }
        long value = 0;
        int i = start;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '7') {
            value = value << 3 | (bytes[i++] - '0');
        }
        // Padding; what follows a NUL is none of it.
        while (i < end && bytes[i] == ' ') {
            i++;
        }
        if (i < end && bytes[i] != 0) {
            throw new ImageException(subject, "an entry has a " + what + " that makes no sense", "");
        }
        return value;
    }

    private static long binary(byte[] bytes, int at, int length, String what, String subject) throws ImageException {
        boolean negative = (bytes[at] & 0x40) != 0;
        long value = negative ? bytes[at] : bytes[at] & 0x3f;
        for (int i = at + 1; i < at + length; i++) {
            if (value != value << 8 >> 8) {
                throw new ImageException(subject, "an entry has a " + what + " that makes no sense", "");
            }
            value = value << 8 | (bytes[i] & 0xff);
        }
        return value;
    }

    byte[] bytes() {
        return Arrays.copyOf(block, BLOCK);
    }

    private ImageException nonsense(String what) {
        return new ImageException(subject, "an entry has a " + what + " that makes no sense", "");
    }
}
